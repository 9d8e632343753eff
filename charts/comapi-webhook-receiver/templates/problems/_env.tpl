{{- define "comapi.problems.env" -}}
{{- $own := splitList " " "WEBHOOK_SECRETS_DIR COMAPI_API_PASSWORD_FILE FILTER_GROUP_ID FILTER_WINDOW KAFKA_DEAD_LETTER_TOPIC" -}}
{{- range $process := list "comapi.receiver.env" "comapi.filter.env" -}}
{{- range include $process $ | fromYamlArray }}{{ $own = append $own .name }}{{ end -}}
{{- end -}}
{{- range $name, $value := .Values.env -}}
{{- if kindIs "invalid" $value -}}
{{- else if has $name $own }}
env.{{ $name }} is set by the chart itself: leave it out, and set the value that it comes from
{{- else if and (regexMatch "(PASSWORD|PASSPHRASE|SECRET|SECRET_PREVIOUS|OTLP_HEADERS|TRACES_HEADERS)$|^(RABBITMQ|REDIS)_URL$" $name) (not (kindIs "map" $value)) }}
env.{{ $name }} is a secret, which values are no place for: put it into a Secret, and name that in envFrom
{{- end }}
{{- end -}}
{{- end -}}
