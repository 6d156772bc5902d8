#!/bin/bash
# All four stages, as the four units start them, on a NoCloud seed.
set -e
cloud-init init --local
cloud-init init
cloud-init modules --mode=config
cloud-init modules --mode=final
