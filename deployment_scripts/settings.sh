# shellcheck shell=sh disable=SC2154 # work and before are those of install.sh
# The settings of the environment, and /etc/umm.conf of them. Sourced by install.sh.

# Fuel 10 and later have the settings in the first file, and no key in the second; 8.0 and 9 in the
# second.
sources="/etc/hiera/cluster.yaml /etc/astute.yaml"
mark="# Written by the Fuel plugin umm"

# The fields of the key umm of the first file that has it, as FIELD=VALUE lines; 3: none has it. What
# has another form than a text is refused: it would silently be the default.
# Ruby is on every host that Fuel deploys: its agents are written in it. The file's tree is read as
# text: nothing in it is made an object, and 010 stays 010.
settings_of() {
	ruby -ryaml -e '
		fields = %w[maintenance reboot_count counter_reset_time keep_units catch_emergency]
		ARGV.each do |file|
		  next unless File.exist?(file)
		  begin
		    doc = YAML.parse_file(file) or next
		  rescue Psych::SyntaxError, SystemCallError, ArgumentError => e
		    abort "#{file}: #{e.message.lines.first.to_s.chomp}"
		  end
		  anchors = {}
		  doc.each { |n| anchors[n.anchor] = n if n.respond_to?(:anchor) && n.anchor && !n.is_a?(Psych::Nodes::Alias) }
		  real = lambda { |n| n.is_a?(Psych::Nodes::Alias) ? anchors[n.anchor] : n }
		  next unless doc.root.is_a?(Psych::Nodes::Mapping)
		  found = doc.root.children.each_slice(2).find { |k, _| k.is_a?(Psych::Nodes::Scalar) && k.value == "umm" } or next
		  mapping = real.call(found[1])
		  abort "the key umm of #{file} holds no settings" unless mapping.is_a?(Psych::Nodes::Mapping)
		  puts "from=#{file}"
		  mapping.children.each_slice(2) do |k, v|
		    abort "the key umm of #{file} holds a merge key (<<), which is not followed" if k.value == "<<"
		    next unless fields.include?(k.value)
		    v = real.call(v)
		    abort "the setting #{k.value} in #{file} is a list or a map, not a text" unless v.is_a?(Psych::Nodes::Scalar)
		    # Nailgun 9.2 lets a newline at the end pass.
		    text = v.value.sub(/[\r\n]+\z/, "")
		    abort "the setting #{k.value} in #{file} holds a control character" if text =~ /[[:cntrl:]]/
		    puts "#{k.value}=#{text}"
		  end
		  exit
		end
		exit 3
	' "$@"
}

# setting FIELD DEFAULT: an environment that is older than a field does not have it.
setting() {
	case $settings in
	*"
$1="*) printf '%s\n' "$settings" | sed -n "s/^$1=//p" ;;
	*) printf '%s\n' "$2" ;;
	esac
}

# whole LABEL VALUE DIGITS: a number without a zero before it, of so many digits at most.
whole() {
	case $2 in
	'' | 0* | *[!0-9]*) ;;
	*) [ "${#2}" -gt "$3" ] || return 0 ;;
	esac
	fail "the setting \"$1\" is \"$2\", not a number of up to $3 digits, from 1 on; change it in the Fuel UI"
}

units() {
	case $keep_units in
	*[!A-Za-z0-9:_.@*?\ -]*) fail "the setting \"Units to keep\" is \"$keep_units\", with characters that no unit has; change it in the Fuel UI" ;;
	esac
	set -f
	for unit in $keep_units; do
		case $unit in
		-* | .*) fail "the setting \"Units to keep\" names \"$unit\", which is no unit; change it in the Fuel UI" ;;
		esac
		[ "${#unit}" -le 255 ] || fail "the setting \"Units to keep\" has a name of more than 255 characters; change it in the Fuel UI"
	done
	set +f
}

read_settings() {
	command -v ruby >/dev/null || fail "there is no ruby on this host, so the settings cannot be read"
	# shellcheck disable=SC2086 # two files
	settings=$(settings_of $sources 2>"$work/why")
	case $? in
	0) ;;
	3) fail "none of $sources has the key umm: the plugin is not enabled for this environment" ;;
	*) fail "the settings cannot be read: $(head -n 1 "$work/why")" ;;
	esac
	case $(setting maintenance true) in
	true) maintenance=yes ;;
	false) maintenance=no ;;
	*) fail "the setting \"Maintenance mode\" is \"$(setting maintenance true)\", neither true nor false; change it in the Fuel UI" ;;
	esac
	reboot_count=$(setting reboot_count 2)
	counter_reset_time=$(setting counter_reset_time 10)
	keep_units=$(setting keep_units '')
	catch_emergency=$(setting catch_emergency yes)
	whole "Unclean reboots before maintenance mode" "$reboot_count" 3
	whole "Minutes until the count is cleared" "$counter_reset_time" 4
	units
	case $catch_emergency in
	yes | no) ;;
	*) fail "the setting \"When a local file system fails at boot\" is \"$catch_emergency\", neither yes nor no; change it in the Fuel UI" ;;
	esac
}

settings_conf() {
	cat <<-EOF
		$mark at each deployment, from the settings of the environment.
		# Change them in the Fuel UI and deploy: what is changed here is lost then. See umm.conf(5).
		UMM=$maintenance
		REBOOT_COUNT=$reboot_count
		COUNTER_RESET_TIME=$counter_reset_time
		KEEP_UNITS="$keep_units"
		CATCH_EMERGENCY=$catch_emergency
	EOF
}
