"""Seed 1's client: asks for IP and port, then a thread hears and the window's loop sends.

The window was tkinter's; here its loop is a function that looks into a queue, as `after` did, and
at the lines of standard input, as the button did. `salir` closes the connection. Every chunk that
`recv` brings is printed as one line of JSON, the end of the stream as `(end)`.
"""
import json
import queue
import socket
import sys
import threading


def receive(connection, arrived):
    while True:
        try:
            data = connection.recv(2048)
        except OSError:
            break
        if not data:
            break
        arrived.put(("heard", data.decode("utf-8")))
    arrived.put(("end", None))


def type_in(arrived):
    for line in sys.stdin:
        arrived.put(("typed", line.rstrip("\n")))


def main():
    host = sys.stdin.readline().strip()
    port = int(sys.stdin.readline())
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.connect((host, port))
    except OSError as error:
        sys.exit(f"No se pudo conectar: {error}")
    arrived = queue.Queue()
    threading.Thread(target=receive, args=(connection, arrived), daemon=True).start()
    threading.Thread(target=type_in, args=(arrived,), daemon=True).start()
    while True:
        try:
            what, text = arrived.get(timeout=0.1)
        except queue.Empty:
            continue
        if what == "end":
            print("(end)", flush=True)
            return
        if what == "heard":
            print(json.dumps(text, ensure_ascii=False), flush=True)
        else:
            connection.send(text.encode())
            if text == "salir":
                connection.close()
                return


main()
