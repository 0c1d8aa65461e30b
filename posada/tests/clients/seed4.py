"""Seed 4's client: a command, one `recv`, which it takes for the whole reply.

Usage: seed4.py PORT [HOST]. Without HOST it connects to its own host name, as the original does.
Every reply is printed as one line of JSON.
"""
import json
import socket
import sys


def main():
    host = sys.argv[2] if len(sys.argv) > 2 else socket.gethostname()
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.connect((host, int(sys.argv[1])))
    for line in sys.stdin:
        command = line.rstrip("\n")
        connection.send(command.encode())
        if command.upper() == "SALIR":
            break
        print(json.dumps(connection.recv(1024).decode(), ensure_ascii=False), flush=True)
    connection.close()


main()
