{{- /* What of keyRules and recordHeaders the schema cannot say. */ -}}
{{- define "comapi.problems.records" -}}
{{- $families := list -}}
{{- range compact (splitList ";" .Values.config.keyRules) -}}
{{- $family := regexReplaceAll "=.*$" . "" | trim -}}
{{- if has $family $families }}
config.keyRules has the family {{ $family }} twice: put all its places into one rule
{{- end }}
{{- $families = append $families $family -}}
{{- end -}}
{{- with .Values.config.recordHeaders -}}
{{- if gt (len .) 1024 }}
config.recordHeaders has {{ len . }} bytes, which every record would carry: 1024 at most
{{- end }}
{{- $pairs := splitList "," . -}}
{{- if gt (len $pairs) 16 }}
config.recordHeaders has {{ len $pairs }} headers: 16 at most
{{- end }}
{{- $names := list -}}
{{- $reserved := splitList " " (include "comapi.reservedHeaders" $) -}}
{{- range $pairs -}}
{{- $name := regexReplaceAll "=.*$" . "" -}}
{{- if has (lower $name) $reserved }}
config.recordHeaders has {{ $name }}, which the receiver gives a meaning: choose another name
{{- else if and (hasPrefix "ce_" (lower $name)) (not (regexMatch "^ce_[a-z0-9]{1,20}$" $name)) }}
config.recordHeaders has {{ $name }}: after ce_ CloudEvents allows 1 to 20 of a-z and 0-9
{{- else if has $name $names }}
config.recordHeaders has {{ $name }} twice: leave one out
{{- end }}
{{- $names = append $names $name -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* As the program has them: src/webhook/record-headers.ts. */ -}}
{{- define "comapi.reservedHeaders" -}}
ce_specversion ce_id ce_type ce_source ce_subject ce_time ce_revision ce_datacontenttype ce_dataschema ce_data content-type revision entity-revision received-at webhook traceparent replayed-from reason batch-index batch-size source-topic source-partition source-offset key value
{{- end -}}
