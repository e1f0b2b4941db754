using System.Globalization;
using System.Text.Json;
using System.Xml;
using Mover.Server.Documents;

namespace Mover.Server.Deployments;

/// <summary>Writes deployments and their steps as ARM shows them.</summary>
internal static class DeploymentAnswers
{
    /// <summary>Writes a deployment.</summary>
    public static void Write(Utf8JsonWriter writer, DeploymentRecord deployment, IReadOnlyList<string>? validated = null)
    {
        writer.WriteStartObject();
        writer.WriteString("id", deployment.Id);
        writer.WriteString("name", deployment.Name);
        writer.WriteString("type", DeploymentScope.Type);
        WriteText(writer, "location", deployment.Location);
        if (deployment.Tags is { } tags)
        {
            ListedResource.WriteTags(writer, tags);
        }

        writer.WriteStartObject("properties");
        WriteProperties(writer, deployment);
        WriteIds(writer, "validatedResources", validated);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Writes a step.</summary>
    public static void Write(Utf8JsonWriter writer, DeploymentRecord deployment, DeploymentStep step)
    {
        writer.WriteStartObject();
        writer.WriteString("id", $"{deployment.Id}/operations/{step.OperationId}");
        writer.WriteString("operationId", step.OperationId);
        writer.WriteStartObject("properties");
        writer.WriteString("provisioningOperation", step.Operation);
        writer.WriteString("provisioningState", step.ProvisioningState);
        writer.WriteString("timestamp", Time(step.Timestamp));
        writer.WriteString("duration", Span(step.Duration));
        writer.WriteString("trackingId", step.TrackingId);
        writer.WriteString("serviceRequestId", step.TrackingId);
        writer.WriteString("statusCode", step.StatusCode);
        if (step.Error is { } error)
        {
            writer.WriteStartObject("statusMessage");
            WriteText(writer, "status", DeploymentStates.Failed);
            WriteRaw(writer, "error", error);
            writer.WriteEndObject();
        }

        if (step.Target is not null)
        {
            writer.WriteStartObject("targetResource");
            writer.WriteString("id", step.Target);
            writer.WriteString("resourceType", step.TargetType);
            writer.WriteString("resourceName", step.TargetName);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Writes what the status of a deployment's operation is.</summary>
    public static void WriteStatus(Utf8JsonWriter writer, DeploymentRecord deployment)
    {
        writer.WriteStartObject();
        writer.WriteString("status", deployment.Properties.ProvisioningState);
        if (deployment.Properties.Error is { } error)
        {
            WriteRaw(writer, "error", error);
        }

        writer.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter writer, DeploymentRecord deployment)
    {
        var shown = deployment.Properties;
        writer.WriteString("templateHash", shown.TemplateHash);
        WriteRaw(writer, "parameters", shown.Parameters);
        writer.WriteString("mode", shown.Mode);
        if (shown.DebugSetting is { } detail)
        {
            writer.WriteStartObject("debugSetting");
            writer.WriteString("detailLevel", detail);
            writer.WriteEndObject();
        }

        writer.WriteString("provisioningState", shown.ProvisioningState);
        writer.WriteString("timestamp", Time(shown.Timestamp));
        writer.WriteString("duration", Span(shown.Duration));
        writer.WriteString("correlationId", deployment.CorrelationId);
        WriteRaw(writer, "providers", shown.Providers ?? "[]");
        WriteRaw(writer, "dependencies", shown.Dependencies ?? "[]");
        WriteRaw(writer, "outputs", shown.Outputs);
        WriteIds(writer, "outputResources", shown.OutputResources);
        WriteRaw(writer, "error", shown.Error);
    }

    private static void WriteIds(Utf8JsonWriter writer, string name, IReadOnlyList<string>? ids)
    {
        if (ids is null)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var id in ids)
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void WriteRaw(Utf8JsonWriter writer, string name, string? json)
    {
        if (json is not null)
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(json, skipInputValidation: true);
        }
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private static string Span(TimeSpan span) => XmlConvert.ToString(span < TimeSpan.Zero ? TimeSpan.Zero : span);
}
