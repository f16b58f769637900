#!/bin/bash
# A sweep as an array of Slurm jobs: each task trains one shard of the plan and writes it into a directory of its own.
#
#   sbatch deploy/slurm.sh plan.toml parts
#   elbow merge parts/* --out results        # when all tasks are done; it says what is missing
#
# A task that is killed, requeued or submitted again goes on from what it had finished.

#SBATCH --job-name=elbow
#SBATCH --array=1-100
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=500M
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=elbow-%A-%a.log

set -eu
plan=${1:?the plan}
parts=${2:?the directory of the parts}

# The array says which shard it is. If only some tasks are submitted again (--array=7,12), it does not say of how many:
# give the number as the third argument.
exec elbow sweep "$plan" --shard auto ${3:+--shards "$3"} --resume --threads "${SLURM_CPUS_PER_TASK:-1}" \
    --out "$parts/$SLURM_ARRAY_TASK_ID"
