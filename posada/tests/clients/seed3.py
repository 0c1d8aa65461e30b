"""Seed 3's client: connects, sends HOLA MUNDO, closes without reading.

It reads IP and port from standard input. With a wrong one it says so, and sends nothing.
"""
import socket
import sys


def main():
    host = sys.stdin.readline().strip()
    port = int(sys.stdin.readline())
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.connect((host, port))
    except OSError as error:
        sys.exit(f"No se pudo conectar con {host}:{port}: {error}")
    connection.send("HOLA MUNDO".encode("utf-8"))
    connection.close()


main()
