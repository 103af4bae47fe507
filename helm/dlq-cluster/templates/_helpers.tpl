{{- define "dlq.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "dlq.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "dlq.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "dlq.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "dlq.selector" -}}
app.kubernetes.io/name: {{ include "dlq.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "dlq.labels" -}}
{{ include "dlq.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "dlq.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "dlq.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "dlq.secret" -}}
{{- default (include "dlq.fullname" .) .Values.secrets.existing -}}
{{- end -}}

{{/* An image of the service: root, image, tag. */}}
{{- define "dlq.image" -}}
{{- printf "%s%s:%s" .root.Values.image.registry .image (default (default .root.Chart.AppVersion .root.Values.image.tag) .tag) -}}
{{- end -}}

{{/* A setting's value as text: whole numbers as such, whatever helm made of them. */}}
{{- define "dlq.text" -}}
{{- if kindIs "float64" . -}}
{{- if eq (floor .) . -}}{{- printf "%.0f" . -}}{{- else -}}{{- printf "%v" . -}}{{- end -}}
{{- else -}}{{- toString . -}}{{- end -}}
{{- end -}}

{{/* Settings as environment variables: a map from names to values. */}}
{{- define "dlq.settings" -}}
{{- range $name, $value := . }}
- name: {{ $name | replace ":" "__" }}
  value: {{ include "dlq.text" $value | quote }}
{{- end }}
{{- end -}}

{{- define "dlq.secretEnv" -}}
{{- $secret := include "dlq.secret" . -}}
{{- range (ternary (list "ADMIN_TOKEN" "REDIS_URI" "MONGODB_URI") (list "ADMIN_TOKEN") (eq .Values.mode "cluster")) }}
- name: {{ . }}
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: {{ . }}}}
{{- end }}
{{- end -}}

{{- define "dlq.tlsEnv" -}}
{{- if .Values.tls.secretName }}
- {name: Http__CertificateFile, value: /etc/dlq/tls/tls.crt}
- {name: Http__CertificateKeyFile, value: /etc/dlq/tls/tls.key}
{{- end }}
{{- if .Values.tls.caSecretName }}
- {name: SSL_CERT_FILE, value: /etc/dlq/ca/ca.crt}
{{- end }}
{{- if .Values.secrets.keyRingCertificate }}
- {name: Security__KeyRingCertificate, value: /etc/dlq/keyring/cert.pem}
{{- end }}
{{- end -}}

{{/* For those who call the service or its stores, and have no certificate themselves. */}}
{{- define "dlq.caMount" -}}
{{- if .Values.tls.caSecretName }}
- {name: ca, mountPath: /etc/dlq/ca, readOnly: true}
{{- end }}
{{- end -}}

{{- define "dlq.caVolume" -}}
{{- if .Values.tls.caSecretName }}
- name: ca
  secret: {secretName: {{ .Values.tls.caSecretName }}, defaultMode: 0440}
{{- end }}
{{- end -}}

{{- define "dlq.tlsMounts" -}}
{{- include "dlq.caMount" . }}
{{- if .Values.tls.secretName }}
- {name: tls, mountPath: /etc/dlq/tls, readOnly: true}
{{- end }}
{{- if .Values.secrets.keyRingCertificate }}
- {name: keyring, mountPath: /etc/dlq/keyring, readOnly: true}
{{- end }}
{{- end -}}

{{- define "dlq.tlsVolumes" -}}
{{- include "dlq.caVolume" . }}
{{- if .Values.tls.secretName }}
- name: tls
  secret: {secretName: {{ .Values.tls.secretName }}, defaultMode: 0440}
{{- end }}
{{- if .Values.secrets.keyRingCertificate }}
- name: keyring
  secret: {secretName: {{ .Values.secrets.keyRingCertificate }}, defaultMode: 0440}
{{- end }}
{{- end -}}

{{/* What every container may: nothing. */}}
{{- define "dlq.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* As which user a pod runs: the number. */}}
{{- define "dlq.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/*
A start waits up to Cluster:StartPatience (2 min) for the stores; it may take longer than that until it is killed. Live asks no store: a pod
is not killed because Redis is away. Ready turns false while it drains, or a store is gone.
*/}}
{{- define "dlq.probes" -}}
{{- $scheme := ternary "HTTPS" "HTTP" (not (empty .Values.tls.secretName)) -}}
startupProbe:
  httpGet: {path: /api/health/live, port: http, scheme: {{ $scheme }}}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 36
livenessProbe:
  httpGet: {path: /api/health/live, port: http, scheme: {{ $scheme }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /api/health/ready, port: http, scheme: {{ $scheme }}}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
{{- end -}}

{{/*
How long a stop may take, in seconds: what it goes on answering before, Delivery:ShutdownGraceMs for attempts on their way, 15 s for the rest, 3 s after which it
cuts itself short, and 5 s more. Arguments: root, settings, before.
*/}}
{{- define "dlq.grace" -}}
{{- $all := merge (dict) .settings .root.Values.settings -}}
{{- $ms := index $all "Delivery:ShutdownGraceMs" | default 10000 | int -}}
{{- add .before (div (add $ms 999) 1000) 15 3 5 -}}
{{- end -}}

{{/* Apart from each other, over hosts and zones. Arguments: root, component, spread. */}}
{{- define "dlq.apart" -}}
{{- $selector := include "dlq.selector" . -}}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels: {{- $selector | nindent 14 }}
topologySpreadConstraints:
  {{- range $key, $when := dict "kubernetes.io/hostname" .spread.host "topology.kubernetes.io/zone" .spread.zone }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: {{ $when }}
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels: {{- $selector | nindent 8 }}
  {{- end }}
{{- end -}}

{{- define "dlq.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "dlq.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/*
The replicas that a Deployment has now, for one that a scaler has: a Deployment that is handed over to it without a number begins with one.
Nothing where there is none yet, or no cluster to ask. Arguments: root, name.
*/}}
{{- define "dlq.current" -}}
{{- with (lookup "apps/v1" "Deployment" .root.Release.Namespace .name).spec -}}
replicas: {{ .replicas | int }}
{{- end -}}
{{- end -}}

{{/* How many replicas a canary takes of a workload's, and how many there are in all. */}}
{{- define "dlq.total" -}}
{{- ternary .autoscaling.minReplicas .replicas .autoscaling.enabled -}}
{{- end -}}

{{- define "dlq.canaries" -}}
{{- if .canary.enabled -}}
{{- max 1 (div (add (mul (include "dlq.total" . | int) (.canary.percent | int)) 99) 100) -}}
{{- else -}}0{{- end -}}
{{- end -}}
