{{- define "comapi.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{- /* Prefix of the names of all objects. The limit is 45 characters, so that a name with the longest suffix fits into the 63 characters
       of a label. */ -}}
{{- define "comapi.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 45 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 45 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "comapi.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "comapi.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- /* Name of the objects of a component. Call with (list $ "component"). */ -}}
{{- define "comapi.componentName" -}}
{{- include "comapi.fullname" (index . 0) }}{{ if hasPrefix "filter" (index . 1) }}-{{ index . 1 }}{{ end -}}
{{- end -}}

{{- define "comapi.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- with .Values.global.imageRegistry }}{{ . }}/{{ regexReplaceAll "^[^/]*[.:][^/]*/" $.Values.image.repository "" }}{{ else }}{{ .Values.image.repository }}{{ end -}}
{{ ternary "@" ":" (hasPrefix "sha256:" $tag) }}{{ $tag }}
{{- end -}}

{{- define "comapi.releaseLabels" -}}
app.kubernetes.io/name: {{ include "comapi.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* Labels of an object or a pod of one component. Call with (list $ "component" FURTHER-LABELS). */ -}}
{{- define "comapi.labels" -}}
{{- $root := index . 0 -}}
{{- $standard := include "comapi.selectorLabels" . | fromYaml -}}
{{- $_ := set $standard "app.kubernetes.io/version" $root.Chart.AppVersion -}}
{{- $_ := set $standard "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- $_ := set $standard "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_") -}}
{{- merge $standard (index . 2) $root.Values.commonLabels | toYaml -}}
{{- end -}}

{{- /* Metadata of an object of one component. Call with (list $ "component" "name"). For further labels, annotations or another
       namespace, append (dict "labels" … "annotations" … "namespace" …) to the list. */ -}}
{{- define "comapi.metadata" -}}
{{- $root := index . 0 -}}
{{- $own := last (prepend (slice . 3) (dict)) -}}
name: {{ index . 2 }}
namespace: {{ default $root.Release.Namespace $own.namespace }}
labels:
  {{- include "comapi.labels" (list $root (index . 1) (default (dict) $own.labels)) | nindent 2 }}
{{- with merge (dict) (default (dict) $own.annotations) $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* Labels that select the pods of one component. Without the component, the Service of the receivers would also select the pods of
       jobs and tests. Call with (list $ "component"). */ -}}
{{- define "comapi.selectorLabels" -}}
{{ include "comapi.releaseLabels" (index . 0) }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- /* The registrations with their defaults filled in, as JSON: {"webhooks": [...]}. */ -}}
{{- define "comapi.webhooks" -}}
{{- $webhooks := list -}}
{{- range .Values.webhooks -}}
{{- $webhooks = append $webhooks (merge (dict) . (dict "name" "default" "path" "/webhook")) -}}
{{- end -}}
{{- dict "webhooks" $webhooks | toJson -}}
{{- end -}}

{{- /* Public base URL. Empty if the chart cannot know it. */ -}}
{{- define "comapi.baseUrl" -}}
{{- $hosts := list -}}
{{- range .Values.httpRoute.hostnames }}{{ if not (contains "*" .) }}{{ $hosts = append $hosts . }}{{ end }}{{ end -}}
{{- if .Values.publicUrl -}}
{{- trimSuffix "/" .Values.publicUrl -}}
{{- else if and .Values.ingress.enabled .Values.ingress.host (not (contains "*" .Values.ingress.host)) -}}
https://{{ .Values.ingress.host }}
{{- else if and .Values.httpRoute.enabled $hosts -}}
https://{{ first $hosts }}
{{- end -}}
{{- end -}}

{{- /* Converts a duration such as `90s` or `2m` to seconds. An empty duration is 0. */ -}}
{{- define "comapi.seconds" -}}
{{- if hasSuffix "m" . }}{{ mul 60 (trimSuffix "m" .) }}{{ else }}{{ trimSuffix "s" . | default "0" }}{{ end -}}
{{- end -}}

{{- /* Port of a URL. Without a port, the default of the URL's scheme. Call with the URL. */ -}}
{{- define "comapi.urlPort" -}}
{{- $address := urlParse . -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $address.host) | default (ternary "80" "443" (eq $address.scheme "http")) -}}
{{- end -}}

{{- /* Port of the provider's API. */ -}}
{{- define "comapi.apiPort" -}}
{{- $url := .Values.env.COMAPI_API_URL -}}
{{- include "comapi.urlPort" (kindIs "string" $url | ternary $url "https://api") -}}
{{- end -}}

{{- /* Ports that the registration jobs connect to, as a JSON array: the ports of the provider's API and of the public URL. */ -}}
{{- define "comapi.registrationPorts" -}}
{{- $api := include "comapi.apiPort" . -}}
{{- $public := include "comapi.urlPort" (include "comapi.baseUrl" .) -}}
{{- list $api (ternary $public $api (ne .Values.registration.waitForReceiver "")) | uniq | toJson -}}
{{- end -}}
