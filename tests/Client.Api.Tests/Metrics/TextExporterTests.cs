using DlqCluster.Api.Metrics;

namespace DlqCluster.Api.Tests.Metrics;

/// <summary>The exporter that needs no package.</summary>
public sealed class TextExporterTests() : ExporterContract(new TextExporter());
