{{- /* The revision filters, as JSON: {"filters": [{"component", "topic", "latestTopic", "deadLetterTopic", "own"}]}. "own"
       has the fields of the entry that override the fields of `revisionFilter`. */ -}}
{{- define "comapi.filters" -}}
{{- $filters := list -}}
{{- if .Values.revisionFilter.enabled -}}
{{- $topics := include "comapi.topics" . | fromJson -}}
{{- $usual := (include "comapi.topicValues" . | fromJson).topic -}}
{{- range .Values.revisionFilter.filters | default (list (dict)) -}}
{{- $topic := default $usual .topic -}}
{{- $others := get $topics $topic | default (dict "latestTopic" "" "deadLetterTopic" "") -}}
{{- $component := ternary (printf "filter-%s" .name) "filter" (not (empty .name)) -}}
{{- $filters = append $filters (merge (dict "component" $component "topic" $topic "own" (omit . "name" "topic")) $others) -}}
{{- end -}}
{{- end -}}
{{- dict "filters" $filters | toJson -}}
{{- end -}}

{{- /* Components that run permanently and serve metrics, as a JSON array. */ -}}
{{- define "comapi.components" -}}
{{- $components := list "receiver" -}}
{{- range (include "comapi.filters" . | fromJson).filters }}{{ $components = append $components .component }}{{ end -}}
{{- toJson $components -}}
{{- end -}}

{{- /* Variables that only the revision filter's pod has. */ -}}
{{- define "comapi.filter.env" -}}
- name: MANAGEMENT_PORT
  value: '9090'
{{- with .Values.revisionFilter.groupId }}
- name: FILTER_GROUP_ID
  value: {{ . | quote }}
{{- end }}
{{- with .Values.revisionFilter.window }}
- name: FILTER_WINDOW
  value: {{ . | quote }}
{{- end }}
{{ include "comapi.storeEnv" . }}
{{- end -}}

{{- define "comapi.filter.volumeMounts" }}{{ include "comapi.storeVolumeMounts" . }}{{ end -}}

{{- define "comapi.filter.volumes" }}{{ include "comapi.storeVolumes" . }}{{ end -}}
