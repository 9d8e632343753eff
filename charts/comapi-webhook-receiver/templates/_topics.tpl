{{- /* Events topics in the values with their dead-letter topics, as JSON: {"pairs": [{"path", "events", "deadLetterTopic"}]}. */ -}}
{{- define "comapi.topicPairs" -}}
{{- $k := include "comapi.topicValues" . | fromJson -}}
{{- $pairs := list (dict "path" (include "comapi.store" .) "events" $k.topic "deadLetterTopic" $k.deadLetterTopic) -}}
{{- $rules := list (dict "path" "store.topicRules" "rules" .Values.store.topicRules "deadLetterTopic" $k.deadLetterTopic) -}}
{{- range $i, $w := .Values.webhooks -}}
{{- $path := printf "webhooks[%d]" $i -}}
{{- $deadLetter := include "comapi.deadLetterTopic" (list $k .) -}}
{{- if .topic -}}
{{- $pairs = append $pairs (dict "path" $path "events" .topic "deadLetterTopic" $deadLetter) -}}
{{- end -}}
{{- $rules = append $rules (dict "path" (printf "%s.topicRules" $path) "rules" .topicRules "deadLetterTopic" $deadLetter) -}}
{{- end -}}
{{- range $group := $rules -}}
{{- range $i, $rule := .rules -}}
{{- $pairs = append $pairs (dict "path" (printf "%s[%d]" $group.path $i) "events" .topic "deadLetterTopic" $group.deadLetterTopic) -}}
{{- end -}}
{{- end -}}
{{- dict "pairs" $pairs | toJson -}}
{{- end -}}

{{- /* Each events topic with its latest-state and dead-letter topics, as JSON: {EVENTS: {"latestTopic", "deadLetterTopic"}}. */ -}}
{{- define "comapi.topics" -}}
{{- $topics := dict -}}
{{- range (include "comapi.topicPairs" . | fromJson).pairs -}}
{{- if not (hasKey $topics .events) -}}
{{- $_ := set $topics .events (dict "latestTopic" (printf "%s.latest" .events) "deadLetterTopic" .deadLetterTopic) -}}
{{- end -}}
{{- end -}}
{{- toJson $topics -}}
{{- end -}}

{{- /* Topic rules in the format of the variable TOPIC_RULES. Call with the list of rules. */ -}}
{{- define "comapi.topicRules" -}}
{{- $rules := list -}}
{{- range . }}{{ $rules = append $rules (printf "%s=%s" .events .topic) }}{{ end -}}
{{- join ";" $rules -}}
{{- end -}}

{{- /* Settings of the topics of a role from the value `topics.settings`, as JSON. A setting for the role overrides the same setting for
       all topics. Call with (list $ "role"). */ -}}
{{- define "comapi.chosenSettings" -}}
{{- $ofAll := dict -}}
{{- $ofRole := dict -}}
{{- $prefix := printf "%s:" (index . 1) -}}
{{- range $name, $value := (index . 0).Values.topics.settings -}}
{{- if hasPrefix $prefix $name }}{{ $_ := set $ofRole (trimPrefix $prefix $name) $value }}{{ end -}}
{{- if not (contains ":" $name) }}{{ $_ := set $ofAll $name $value }}{{ end -}}
{{- end -}}
{{- merge $ofRole $ofAll | toJson -}}
{{- end -}}

{{- /* Settings of a new topic, as YAML, equal to the settings that `comapi-webhook topics` uses. Call with (list $ "role"). */ -}}
{{- define "comapi.topicSettings" -}}
{{- $root := index . 0 -}}
{{- $role := index . 1 -}}
{{- $topics := $root.Values.topics -}}
{{- $replicas := default 3 $topics.replicationFactor | int -}}
{{- $settings := dict "min.insync.replicas" (default (max 1 (sub $replicas 1)) $topics.minInsyncReplicas) -}}
{{- $_ := set $settings "cleanup.policy" (ternary "compact" "delete" (eq $role "latest")) -}}
{{- if eq $role "events" }}{{ $_ := set $settings "retention.ms" 604800000 }}{{ end -}}
{{- if eq $role "dead-letter" -}}
{{- $_ := set $settings "retention.ms" 2592000000 -}}
{{- $_ := set $settings "max.message.bytes" (max 12582912 (add (include "comapi.envNumber" (list $root "MAX_BODY_BYTES" 10485760)) 1048576)) -}}
{{- end -}}
{{- if eq $role "latest" -}}
{{- /* Tombstones remain as long as events. Otherwise, a filter that reads all events again would restore erased states. */ -}}
{{- $events := merge (include "comapi.chosenSettings" (list $root "events") | fromJson) (dict "retention.ms" 604800000 "segment.ms" 604800000) -}}
{{- $life := add (int64 (get $events "retention.ms")) (int64 (get $events "segment.ms")) -}}
{{- $isForEver := or (lt (int64 (get $events "retention.ms")) (int64 0)) (ge $life (int64 864000000000)) -}}
{{- $_ := set $settings "delete.retention.ms" (ternary "9223372036854775807" (toString $life) $isForEver) -}}
{{- end -}}
{{- range $name, $value := merge (include "comapi.chosenSettings" . | fromJson) $settings }}
{{ $name }}: {{ include "comapi.plainText" $value | quote }}
{{- end -}}
{{- end -}}

{{- /* Service account of the topics job, which runs before the release creates one. Empty: the default of the namespace. */ -}}
{{- define "comapi.topicsServiceAccount" -}}
{{- if not .Values.serviceAccount.create }}{{ include "comapi.serviceAccountName" . }}{{ end -}}
{{- end -}}

{{- /* Annotations of objects that the topics job needs. */ -}}
{{- define "comapi.beforeTopicsJob" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: '-10'
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
