using System.Text;
using System.Text.Json;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Templates.Deployments;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>What a deployment shows of its plan.</summary>
internal static class ShownPlan
{
    /// <summary>The parameters, secure ones without value; null for none.</summary>
    public static string? Parameters(DeploymentPlan plan) => plan.Parameters.Count == 0 ? null
        : TemplateText.Json(TemplateText.Object([.. plan.Parameters.Select(one => (one.Name, (TemplateValue?)Shown(one.Type, one.Value,
            one.IsSecure)))]));

    /// <summary>The outputs, secure ones without value; null for none.</summary>
    public static string? Outputs(IReadOnlyList<TemplateOutput> outputs) => outputs.Count == 0 ? null
        : TemplateText.Json(TemplateText.Object([.. outputs.Select(one => (one.Name, (TemplateValue?)Shown(one.Type, one.Value,
            one.IsSecure)))]));

    /// <summary>The providers whose resources the plan has.</summary>
    public static string Providers(DeploymentPlan plan) => Text(writer =>
    {
        writer.WriteStartArray();
        foreach (var provider in plan.Resources
            .GroupBy(one => one.Type.Split('/')[0], StringComparer.OrdinalIgnoreCase)
            .OrderBy(one => one.Key, StringComparer.OrdinalIgnoreCase))
        {
            writer.WriteStartObject();
            writer.WriteString("namespace", provider.Key);
            writer.WriteStartArray("resourceTypes");
            foreach (var type in provider.GroupBy(one => one.Type[(provider.Key.Length + 1)..], StringComparer.OrdinalIgnoreCase)
                .OrderBy(one => one.Key, StringComparer.OrdinalIgnoreCase))
            {
                writer.WriteStartObject();
                writer.WriteString("resourceType", type.Key);
                writer.WriteStartArray("locations");
                foreach (var location in type.Select(LocationOf).Distinct(StringComparer.OrdinalIgnoreCase))
                {
                    writer.WriteStringValue(location);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>What waits for what; none when there is too much of it.</summary>
    public static string Dependencies(DeploymentPlan plan)
    {
        if (plan.Resources.Sum(one => one.DependsOn.Count) > DeploymentLimits.EdgesMax)
        {
            return "[]";
        }

        var byId = plan.Resources.ToDictionary(one => one.Id, StringComparer.OrdinalIgnoreCase);
        return Text(writer =>
        {
            writer.WriteStartArray();
            foreach (var resource in plan.Resources.Where(one => one.DependsOn.Count > 0))
            {
                writer.WriteStartObject();
                writer.WriteStartArray("dependsOn");
                foreach (var id in resource.DependsOn)
                {
                    writer.WriteStartObject();
                    WriteNamed(writer, byId[id]);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                WriteNamed(writer, resource);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>Null when what is shown can be kept.</summary>
    public static ArmError? CheckSize(string what, string? shown) =>
        shown is not null && Encoding.UTF8.GetByteCount(shown) > DeploymentLimits.ShownBytesMax
            ? ArmErrors.DeploymentTooLarge(what, DeploymentLimits.ShownBytesMax)
            : null;

    private static ObjectValue Shown(string type, TemplateValue value, bool isSecure) =>
        TemplateText.Object(("type", TemplateValue.Of(type)), ("value", isSecure ? null : value));

    private static string? LocationOf(PlannedResource resource) =>
        resource.Nested is null && resource.Body["location"] is StringValue location ? location.Value : null;

    private static void WriteNamed(Utf8JsonWriter writer, PlannedResource resource)
    {
        writer.WriteString("id", resource.Id);
        writer.WriteString("resourceType", resource.Type);
        writer.WriteString("resourceName", resource.Name);
    }

    private static string Text(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(ArmResults.Bytes(write).Span);
}
