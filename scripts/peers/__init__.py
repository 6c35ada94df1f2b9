"""The comparison with peers: the programs, their solvers, the commands of Suasion, and the
tables of ratios. Run by compare-peers.sh."""
