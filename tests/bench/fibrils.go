// The two fibril measurements in Go: a million goroutines spawned, parked, each sent one message, all collected,
// in three passes; then two million messages through one unbuffered channel.
package main

import (
	"fmt"
	"time"
)

func main() {
	const count = 1000000
	const messages = 2000000
	type ends struct{ in, out chan int }
	for pass := 0; pass < 3; pass++ {
		t0 := time.Now()
		all := make([]ends, 0)
		for i := 0; i < count; i++ {
			e := ends{make(chan int, 1), make(chan int, 1)}
			go func() { e.out <- <-e.in }()
			all = append(all, e)
		}
		t1 := time.Now()
		for i, e := range all {
			e.in <- i
		}
		t2 := time.Now()
		total := 0
		for _, e := range all {
			total += <-e.out
		}
		t3 := time.Now()
		fmt.Println("fibrils", total, t1.Sub(t0).Seconds(), t2.Sub(t1).Seconds(), t3.Sub(t2).Seconds())
	}

	c := make(chan int)
	t0 := time.Now()
	go func() {
		for i := 0; i < messages; i++ {
			c <- i
		}
		close(c)
	}()
	total := 0
	for x := range c {
		total += x
	}
	fmt.Println("messages", total, time.Since(t0).Seconds())
}
