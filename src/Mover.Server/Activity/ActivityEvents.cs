using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Operations;
using Mover.State.Documents;

namespace Mover.Server.Activity;

/// <summary>One event of the activity log.</summary>
/// <param name="Key">The place of its record in the audit log.</param>
/// <param name="Record">The record.</param>
/// <param name="Operation">The RBAC action.</param>
/// <param name="ResourceId">What it was done to.</param>
internal sealed record ActivityEvent(string Key, AuditRecord Record, string Operation, string ResourceId)
{
    /// <summary><c>Succeeded</c> or <c>Failed</c>.</summary>
    public string Status => Record.IsDenied || Record.Refused is not null ? "Failed" : "Succeeded";

    /// <summary>The group that the resource is in; empty when it is in none.</summary>
    public string Group => Core.Arm.ResourceId.TryParse(ResourceId, out var id) ? id.ResourceGroup : string.Empty;

    /// <summary>The provider of the action.</summary>
    public string Provider => Operation[..Math.Max(0, Operation.IndexOf('/', StringComparison.Ordinal))];
}

/// <summary>The audit log as events of Azure's activity log. Source: <c>Microsoft.Insights/eventtypes</c>, 2015-04-01.</summary>
internal static class ActivityEvents
{
    private const string AssignmentsArea = Authorization.AccessState.AssignmentsArea;

    /// <summary>
    /// The events of a record: one for what a request asked for, or one for each resource that the control plane changed by itself. What it
    /// keeps beside the resources is nobody's activity.
    /// </summary>
    public static IEnumerable<ActivityEvent> Of(AuditEntry entry)
    {
        var record = entry.Record;
        if (record is { Action: { } action, Scope: { } scope })
        {
            return [new(entry.Key, record, action, scope)];
        }

        return record.Changes
            .Select(change => (change.What, Id: IdOf(change.Key)))
            .Where(change => change.Id.Type is { Length: > 0 } || change.Id.ResourceGroup is { Length: > 0 })
            .Select(change => new ActivityEvent(
                entry.Key, record, $"{TypeOf(change.Id)}/{(change.What == "deleted" ? "delete" : "write")}", change.Id.Text));
    }

    /// <summary>The event as JSON.</summary>
    public static JsonObject Show(ActivityEvent shown, string tenant)
    {
        var record = shown.Record;
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{shown.Key}\n{shown.ResourceId}")).AsSpan(0, 16)).ToString();
        var time = WireTimeConverter.Text(record.At);
        _ = ResourceId.TryParse(shown.ResourceId, out var resource);
        return new()
        {
            ["authorization"] = new JsonObject { ["action"] = shown.Operation, ["scope"] = shown.ResourceId },
            ["caller"] = record.By,
            ["channels"] = "Operation",
            ["claims"] = Claims(record),
            ["correlationId"] = record.Correlation,
            ["description"] = record.IsDenied ? "The caller has no role that allows the action at this scope." + Repeats(record)
                : record.Refused is { } refused ? refused.Message
                : string.Join(", ", record.Changes.Select(change => $"{change.Key} {change.What} (version {change.Version})").Take(8)),
            ["eventDataId"] = id,
            ["eventName"] = Localized("EndRequest", "End request"),
            ["category"] = Localized("Administrative", "Administrative"),
            ["eventTimestamp"] = time,
            ["id"] = $"{shown.ResourceId.TrimEnd('/')}/events/{id}/ticks/{record.At.UtcTicks}",
            ["level"] = record.IsDenied || record.Refused is not null ? "Error" : "Informational",
            ["operationId"] = record.Correlation,
            ["operationName"] = Localized(shown.Operation, shown.Operation),
            ["resourceGroupName"] = shown.Group,
            ["resourceProviderName"] = Localized(shown.Provider, shown.Provider),
            ["resourceType"] = Localized(TypeOf(resource), TypeOf(resource)),
            ["resourceId"] = shown.ResourceId,
            ["status"] = Localized(shown.Status, shown.Status),
            ["subStatus"] = record.IsDenied ? Localized("Forbidden", "Forbidden (HTTP Status Code: 403)")
                : Localized(record.Refused?.Code ?? string.Empty, record.Refused?.Code ?? string.Empty),
            ["submissionTimestamp"] = time,
            ["subscriptionId"] = resource.Subscription,
            ["tenantId"] = tenant,
            ["properties"] = new JsonObject { ["callerType"] = record.ByType, ["repeats"] = record.Repeats.ToString("D", null) },
        };
    }

    private static JsonObject Claims(AuditRecord record)
    {
        var claims = new JsonObject { ["name"] = record.By };
        if (record.ObjectId is { } objectId)
        {
            claims["http://schemas.microsoft.com/identity/claims/objectidentifier"] = objectId;
        }

        return claims;
    }

    private static string Repeats(AuditRecord record) =>
        record.Repeats == 0 ? string.Empty : $" {record.Repeats} more denials of this caller within the same minute are not shown.";

    private static JsonObject Localized(string value, string text) => new() { ["value"] = value, ["localizedValue"] = text };

    private static ResourceId IdOf(string key)
    {
        var text = key.StartsWith(AssignmentsArea + "/", StringComparison.Ordinal) ? key[AssignmentsArea.Length..] : key;
        return ResourceId.TryParse(text, out var id) ? id : default;
    }

    private static string TypeOf(ResourceId id) =>
        id.Type.Length > 0 ? id.Type
        : id.ResourceGroup.Length > 0 ? "Microsoft.Resources/subscriptions/resourceGroups"
        : "Microsoft.Resources/subscriptions";
}
