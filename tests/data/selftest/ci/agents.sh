#!/bin/sh
weighbridge run --base origin/main
