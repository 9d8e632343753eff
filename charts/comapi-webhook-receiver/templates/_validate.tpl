{{- /* Reports all problems that the schema cannot detect in one error. Each problem is one line with its fix, from a file in problems/. */ -}}
{{- define "comapi.validate" -}}
{{- $problems := list -}}
{{- range list "webhooks" "store" "kafka" "spool" "process" "env" "topics" "topicRules" "filters" "routing" "registration" "canary" "reconcile" "scaling" "monitoring" "network" -}}
{{- range include (printf "comapi.problems.%s" .) $ | splitList "\n" -}}
{{- with trim . }}{{ $problems = append $problems . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\nThese values cannot work:\n  - %s\n" (join "\n  - " $problems)) -}}
{{- end -}}
{{- end -}}

{{- /* Reports a secret for which both a Secret and a SecretProviderClass are set. Call with (list "path" values). */ -}}
{{- define "comapi.problems.twoSecrets" -}}
{{- with index . 1 -}}
{{- if and .existingSecret .secretProviderClass }}
{{ index $ 0 }}.existingSecret and {{ index $ 0 }}.secretProviderClass are both set: choose one
{{- end -}}
{{- end -}}
{{- end -}}
