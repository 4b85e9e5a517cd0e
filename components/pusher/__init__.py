"""The Pusher: publishes a blessed model, completely or not at all."""
