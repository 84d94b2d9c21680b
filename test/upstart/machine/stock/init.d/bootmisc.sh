#!/bin/sh
# The job of that name has taken its place.
exit 1
