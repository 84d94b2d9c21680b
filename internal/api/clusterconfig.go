package api

// ClusterConfigVersion is the version of the ClusterConfig document.
const ClusterConfigVersion = 1

// ClusterConfig is the answer of `umm-cluster config -o json`: every value in force.
type ClusterConfig struct {
	Version int `json:"version"`
	// File is absent where there is none: the defaults hold.
	File     string           `json:"file,omitempty"`
	Settings []ClusterSetting `json:"settings"`
}

// ClusterSetting is one value that is in force.
type ClusterSetting struct {
	// Key is the way to it, "hosts[0].name".
	Key string `json:"key"`
	// Value is a text, a number, or a list of texts; times are texts, what must not be seen is
	// hidden, and where nothing is said it is null.
	Value any `json:"value"`
	// Usually says what holds where there is no value.
	Usually string `json:"usually,omitempty"`
	// From is "default", "FILE:LINE", the variable of the environment, or the flag as it was
	// typed.
	From string `json:"from"`
}
