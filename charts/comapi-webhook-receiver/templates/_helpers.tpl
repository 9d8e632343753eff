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

{{- define "comapi.webhookVolumes" -}}
{{- range (include "comapi.webhooks" . | fromJson).webhooks }}
{{ include "comapi.secretVolume" (dict "name" (printf "webhook-%s" .name) "from" .) }}
{{- end }}
{{- end -}}

{{- /* Directory in which the secrets of a registration are mounted. Call with the registration. */ -}}
{{- define "comapi.secretsDir" -}}
/etc/comapi-webhook/webhooks/{{ .name }}
{{- end -}}

{{- /* Content of the file that the variable WEBHOOKS_FILE names. */ -}}
{{- define "comapi.webhooksFile" -}}
{{- $entries := list -}}
{{- range (include "comapi.webhooks" . | fromJson).webhooks -}}
{{- $entry := dict "name" .name "path" .path "secretsDir" (include "comapi.secretsDir" .) -}}
{{- if .topic }}{{ $_ := set $entry "topic" .topic }}{{ end -}}
{{- if .deadLetterTopic }}{{ $_ := set $entry "deadLetterTopic" .deadLetterTopic }}{{ end -}}
{{- if hasKey . "topicRules" }}{{ $_ := set $entry "topicRules" (include "comapi.topicRules" .topicRules) }}{{ end -}}
{{- $entries = append $entries $entry -}}
{{- end -}}
{{- toPrettyJson $entries -}}
{{- end -}}

{{- /* Variables of the API user. The user name comes from the Secret or from `env`. Region and URL come from `env`. */ -}}
{{- define "comapi.providerApiEnv" -}}
{{- if kindIs "invalid" .Values.env.COMAPI_API_USERNAME }}
- name: COMAPI_API_USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ .Values.registration.existingSecret }}
      key: username
{{- end }}
- name: COMAPI_API_PASSWORD_FILE
  value: /etc/comapi-webhook/api/password
{{- end -}}

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

{{- /* Environment variables from the value `env`. */ -}}
{{- define "comapi.env" -}}
{{- range $name, $value := .Values.env }}
{{- if kindIs "map" $value }}
- name: {{ $name }}
  {{- toYaml $value | nindent 2 }}
{{- else if not (kindIs "invalid" $value) }}
- name: {{ $name }}
  value: {{ include "comapi.plainText" $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Formats a number without an exponent. */ -}}
{{- define "comapi.plainText" -}}
{{- if kindIs "float64" . }}{{ ternary (int64 .) . (eq . (float64 (int64 .))) }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{- /* Integer value of a variable in `env`, or the default if the variable is empty or has a `valueFrom`. Call with
       (list $ "NAME" DEFAULT). */ -}}
{{- define "comapi.envNumber" -}}
{{- $value := index (index . 0).Values.env (index . 1) -}}
{{- ternary (index . 2) $value (or (kindIs "invalid" $value) (kindIs "map" $value) (eq (toString $value) "")) | int64 -}}
{{- end -}}

{{- /* Not empty if the receiver serves TLS itself. */ -}}
{{- define "comapi.tls" -}}
{{- if or .Values.tls.existingSecret .Values.tls.secretProviderClass .Values.tls.issuerRef }}true{{ end -}}
{{- end -}}

{{- /* Source of the certificate and the key. */ -}}
{{- define "comapi.tlsSource" -}}
{{- if .Values.tls.secretProviderClass -}}
secretProviderClass: {{ .Values.tls.secretProviderClass }}
{{- else -}}
existingSecret: {{ default (printf "%s-tls" (include "comapi.fullname" .)) .Values.tls.existingSecret }}
{{- end -}}
{{- end -}}

{{- /* Scheme of the public port, which is also the name of the Service's port. */ -}}
{{- define "comapi.scheme" }}{{ ternary "https" "http" (ne (include "comapi.tls" .) "") }}{{ end -}}

{{- define "comapi.servicePort" -}}
{{- if kindIs "invalid" .Values.service.port }}{{ ternary 443 80 (ne (include "comapi.tls" .) "") }}{{ else }}{{ .Values.service.port }}{{ end -}}
{{- end -}}
