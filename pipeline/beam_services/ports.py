"""Ports of Beam's services."""

import argparse
import socket


def free_port(text: str) -> int:
    """Returns the port of an option; gRPC would share a port with another service silently.

    Raises:
      ArgumentTypeError: if the text is no number of a port, or a service uses the port.
    """
    try:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("", int(text)))
    except (OSError, OverflowError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"expected a free port; found {text} ({error})") from None
    return int(text)
