"""What Suasion is compared with, and how: programs, the solvers that get them, our own commands,
and the tables of ratios. Run by compare-peers.sh."""
