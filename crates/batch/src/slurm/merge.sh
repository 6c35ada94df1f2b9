#!/bin/sh
# Merges the tables of all shards after every task of the array has ended.
# `suasion batch submit --slurm` fills this in.
#SBATCH --job-name=suasion-merge
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --output=@LOG@
#SBATCH --requeue
#SBATCH --open-mode=append
@OPTIONS@
exec @PROGRAM@ batch merge @OUTPUT@
