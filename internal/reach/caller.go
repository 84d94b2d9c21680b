package reach

// Caller says who typed the command, as well as can be told, through sudo and su:
// "alice from 192.0.2.7", "alice" on a console.
func Caller(src Source) string {
	above := ancestors(src.Tree.FS(), src.Parent)
	name := operatorName(src.Getenv, above)
	if s := findSession(src.Getenv, above); s.Client.IsValid() {
		name += " from " + s.Client.String()
	}
	return name
}
