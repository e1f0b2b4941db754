using System.Globalization;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;

namespace Mover.Server.Activity;

/// <summary>What of the activity log is asked for: a span of time, and properties that must be equal.</summary>
internal sealed record ActivityFilter(DateTimeOffset From, DateTimeOffset Before, IReadOnlyList<FilterTerm> Terms)
{
    private const string Known = "eventTimestamp ge '{time}' and eventTimestamp le '{time}', and any of resourceGroupName, resourceUri, "
        + "resourceId, resourceProvider, correlationId, caller, status, operations, each with eq '{value}'";

    private static readonly string[] Names =
    [
        "resourceGroupName", "resourceUri", "resourceId", "resourceProvider", "correlationId", "caller", "status", "operations",
        "eventChannels",
    ];

    /// <summary>Reads a <c>$filter</c>; without a time it begins at the oldest that is kept.</summary>
    public static Result<ActivityFilter> Read(string text, DateTimeOffset now, TimeSpan retention)
    {
        var (from, before) = (now - retention, now + TimeSpan.FromSeconds(1));
        if (!FilterTerms.TryParse(text, out var terms))
        {
            return ArmErrors.UnsupportedFilter(text, Known);
        }

        var others = new List<FilterTerm>();
        foreach (var term in terms)
        {
            if (term.Operator != "()" && term.Name.Equals("eventTimestamp", StringComparison.OrdinalIgnoreCase)
                && TryTime(term.Value, out var time))
            {
                (from, before) = term.Operator switch
                {
                    "ge" or "gt" => (time > from ? time : from, before),
                    "le" => (from, time < before ? time + TimeSpan.FromTicks(1) : before),
                    "lt" => (from, time < before ? time : before),
                    _ => (from, before),
                };
            }
            else if (term.Operator == "eq" && Names.Contains(term.Name, StringComparer.OrdinalIgnoreCase))
            {
                others.Add(term);
            }
            else
            {
                return ArmErrors.UnsupportedFilter(text, Known);
            }
        }

        return new ActivityFilter(from, before, others);
    }

    /// <summary>True when the event has what is asked for.</summary>
    public bool Fits(ActivityEvent shown) => Terms.All(term => term.Name.ToUpperInvariant() switch
    {
        "RESOURCEGROUPNAME" => Is(shown.Group, term.Value),
        "RESOURCEURI" or "RESOURCEID" => ArmAction.Encloses(term.Value.TrimEnd('/'), shown.ResourceId),
        "RESOURCEPROVIDER" => Is(shown.Provider, term.Value),
        "CORRELATIONID" => Is(shown.Record.Correlation, term.Value),
        "CALLER" => Is(shown.Record.By, term.Value) || Is(shown.Record.ObjectId ?? string.Empty, term.Value),
        "STATUS" => Is(shown.Status, term.Value),
        "OPERATIONS" => Is(shown.Operation, term.Value),
        _ => true,
    });

    private static bool Is(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParse(
        text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
