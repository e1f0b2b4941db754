using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Identity;
using Mover.Server.Roles;
using Mover.Server.Settings;
using Mover.State.Documents;

namespace Mover.Server.Activity;

/// <summary>The audit log over HTTP, in the shape of Azure's activity log: newest first, a page at a time.</summary>
internal sealed class ActivityRoutes(AuditLog audit, Administrator administrator, ServerOptions options, TimeProvider clock)
{
    private const string Values = "/providers/Microsoft.Insights/eventtypes/management/values";
    private static readonly RequiredAction Read = new("Microsoft.Insights/eventtypes/values/read", ActionReach.Visible)
    {
        IsAtSubscription = true,
    };

    // A filter that fits little is answered with pages that hold little, or nothing, instead of reading the whole log for one request.
    private const int ReadMax = 5000;
    private const int BatchMax = 500;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/subscriptions/{subscription}" + Values, ListAsync).WithMetadata(Read);
        routes.MapGet(Values, ListAsync).WithMetadata(Read);
    }

    private async Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel)
    {
        var query = scope.Http.Request.Query;
        var asked = ActivityFilter.Read(query["$filter"].ToString(), clock.GetUtcNow(), options.AuditRetention);
        if (!asked.Try(out var filter, out var refusal))
        {
            return refusal.ToResult();
        }

        if (!ArmReads.TryReadPlace(scope, out var after) || (after is not null && !AuditLog.IsPlace(after)))
        {
            return ArmErrors.InvalidSkipToken().ToResult();
        }

        var subscription = scope.Http.Request.RouteValues["subscription"] as string;
        var (events, last) = await ReadAsync(filter, e => IsShown(e, subscription, CallerRights.Of(scope.Http)), after, cancel);
        var answer = new JsonObject
        {
            ["value"] = new JsonArray([.. events.Select(e => ActivityEvents.Show(e, administrator.TenantId))]),
        };
        if (last is not null)
        {
            answer["nextLink"] = ArmReads.NextLinkOf(scope, last);
        }

        return RoleAnswers.Json(answer);
    }

    // The events of one page, and the record the next page goes on behind; null when there is no more.
    private async Task<(List<ActivityEvent> Events, string? Last)> ReadAsync(
        ActivityFilter filter, Func<ActivityEvent, bool> isShown, string? after, CancellationToken cancel)
    {
        var events = new List<ActivityEvent>();
        var read = 0;
        while (events.Count < options.PageSize && read < ReadMax)
        {
            var batch = await audit.ListBackAsync(filter.From, filter.Before, after, BatchMax, cancel);
            foreach (var entry in batch)
            {
                after = entry.Key;
                events.AddRange(ActivityEvents.Of(entry).Where(filter.Fits).Where(isShown));
                if (events.Count >= options.PageSize)
                {
                    return (events, after);
                }
            }

            read += batch.Count;
            if (batch.Count < BatchMax)
            {
                return (events, null);
            }
        }

        return (events, after);
    }

    // A subscription shows what is below it; what is above all subscriptions is shown there.
    private static bool IsShown(ActivityEvent shown, string? subscription, CallerRights rights) =>
        subscription is null
            ? !ArmCase.StartsWith(shown.ResourceId, "/subscriptions/") && rights.ShowsAt(shown.ResourceId)
            : ArmAction.Encloses("/subscriptions/" + subscription, shown.ResourceId) && rights.ShowsAt(shown.ResourceId);
}
