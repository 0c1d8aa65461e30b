"""Seed 5's client: the client's code, then each line one datagram; prints the datagram that comes.

Usage: seed5.py HOST PORT. Every answer is printed as one line of JSON.
"""
import json
import socket
import sys


def main():
    server = (sys.argv[1], int(sys.argv[2]))
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for line in sys.stdin:
        client.sendto(line.rstrip("\n").encode("utf-8"), server)
        answer, _ = client.recvfrom(1024)
        print(json.dumps(answer.decode("utf-8"), ensure_ascii=False), flush=True)
    client.close()


main()
