#!/bin/sh
# Each task runs one shard of a batch. `suasion batch submit --slurm` fills this in.
#SBATCH --job-name=suasion
#SBATCH --array=@ARRAY@
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=@CPUS@
#SBATCH --output=@LOG@
# A task whose node dies starts again and continues with the remaining units.
#SBATCH --requeue
#SBATCH --open-mode=append
@OPTIONS@
exec @PROGRAM@ batch run @PLAN@ --output @OUTPUT@ \
  --shard "$SLURM_ARRAY_TASK_ID/@SHARDS@" --threads "$SLURM_CPUS_PER_TASK" --log json --quiet@RUN@
