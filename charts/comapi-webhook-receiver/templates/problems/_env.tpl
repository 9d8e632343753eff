{{- define "comapi.problems.env" -}}
{{- $own := splitList " " "WEBHOOK_SECRETS_DIR COMAPI_API_PASSWORD_FILE FILTER_GROUP_ID FILTER_WINDOW KAFKA_DEAD_LETTER_TOPIC" -}}
{{- range $process := list "comapi.receiver.env" "comapi.filter.env" -}}
{{- range include $process $ | fromYamlArray }}{{ $own = append $own .name }}{{ end -}}
{{- end -}}
{{- range $name, $value := .Values.env -}}
{{- if kindIs "invalid" $value -}}
{{- else if has $name $own }}
env.{{ $name }} is set by the chart itself: remove it, and set the corresponding value of the chart
{{- else if and (regexMatch "(PASSWORD|PASSPHRASE|SECRET|SECRET_PREVIOUS|OTLP_HEADERS|TRACES_HEADERS)$|^(RABBITMQ|REDIS)_URL$" $name) (not (kindIs "map" $value)) }}
env.{{ $name }} is a secret, and values must not contain secrets: put it into a Secret, and name the Secret in envFrom
{{- end }}
{{- end -}}
{{- end -}}
