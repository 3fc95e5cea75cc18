"""Events become the board: which agent does what right now, and which has fallen silent."""
