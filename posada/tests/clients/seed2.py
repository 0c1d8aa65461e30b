"""Seed 2's client: a thread prints what arrives, the person's lines are sent as they are typed.

Usage: seed2.py HOST PORT. Every chunk that `recv` brings is printed as one line of JSON, the end of
the stream as `(end)`.
"""
import json
import socket
import sys
import threading


def receive(connection):
    while True:
        try:
            data = connection.recv(1024)
        except OSError:
            data = b""
        if not data:
            print("(end)", flush=True)
            return
        print(json.dumps(data.decode("utf-8"), ensure_ascii=False), flush=True)


def main():
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.connect((sys.argv[1], int(sys.argv[2])))
    hearing = threading.Thread(target=receive, args=(connection,))
    hearing.start()
    for line in sys.stdin:
        text = line.rstrip("\n")
        connection.send(text.encode("utf-8"))
        if text.lower() == "salir":
            break
    hearing.join()
    connection.close()


main()
