{{- /* Everything that the schema cannot say, all of it at once, each with its fix: one line in one of problems/. */ -}}
{{- define "comapi.validate" -}}
{{- $problems := list -}}
{{- range list "gone" "webhooks" "store" "kafka" "spool" "process" "env" "topics" "topicRules" "filters" "routing" "registration" "canary" "reconcile" "scaling" "monitoring" "network" -}}
{{- range include (printf "comapi.problems.%s" .) $ | splitList "\n" -}}
{{- with trim . }}{{ $problems = append $problems . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\nThe values cannot work:\n  - %s\n" (join "\n  - " $problems)) -}}
{{- end -}}
{{- end -}}

{{- /* The problem that a thing comes from a Secret and from a SecretProviderClass at once; call with (list "path" values). */ -}}
{{- define "comapi.problems.twoSecrets" -}}
{{- with index . 1 -}}
{{- if and .existingSecret .secretProviderClass }}
{{ index $ 0 }}.existingSecret and {{ index $ 0 }}.secretProviderClass are both set: choose one
{{- end -}}
{{- end -}}
{{- end -}}
