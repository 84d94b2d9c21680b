// Package fuel holds the end-to-end test of the Fuel plugin. It plays Nailgun's part
// on practice hosts: a master that the plugin's own rpm was installed on serves the
// repositories and the API; three controllers that have fuel-umm are given the apt
// source, the settings and the scripts as Nailgun 8.0, 9 and 10 give them, and the
// tasks in the order of the graph; then umm-cluster rolls over them from the master.
//
//	make plugin && go test -tags e2e -count=1 -v ./test/fuel
//
// UMM_PLUGIN names another rpm than that in dist/.
package fuel
