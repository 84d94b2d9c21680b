// Command empty does nothing: what any static Go program costs to start.
package main

func main() {}
