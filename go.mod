module umm

go 1.25.0
