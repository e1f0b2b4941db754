using System.Text;
using System.Text.Json.Nodes;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;

namespace Mover.Server.Deployments;

/// <summary>
/// Tells what a deployment would do. It goes the deployment's own way, through the same rights and rules, and writes nothing: what it
/// calls NoChange the deployment leaves untouched, and what it calls Modify the deployment writes.
/// </summary>
internal sealed class WhatIf(InnerRequests requests, Preflight preflight, DeploymentRuns runs)
{
    /// <summary>The answer, as JSON, or why the deployment would not be accepted.</summary>
    public async Task<Result<string>> AskAsync(PlannedDeployment planned, string correlation, CancellationToken cancel)
    {
        if (!(await preflight.PreviewAsync(planned, correlation, cancel)).Try(out var target, out var refusal))
        {
            return refusal;
        }

        var isIdsOnly = planned.Request.IsIdsOnly;
        var changes = new List<JsonObject>();
        foreach (var seen in target.Resources)
        {
            changes.Add(isIdsOnly ? IdOnly(seen) : Whole(seen));
        }

        if (planned.Id.ResourceGroup.Length > 0)
        {
            var kept = PlannedIds.Of(target.Plans);
            foreach (var id in await runs.OthersAsync(kept, planned.Id, cancel))
            {
                if (await OtherAsync(planned, id, isIdsOnly, correlation, cancel) is { } other)
                {
                    changes.Add(other);
                }
            }
        }

        var answer = new JsonObject
        {
            ["status"] = DeploymentStates.Succeeded,
            ["properties"] = new JsonObject
            {
                ["correlationId"] = correlation,
                ["changes"] = new JsonArray([.. changes.OrderBy(one => ArmCase.Lower(one["resourceId"]?.ToString() ?? string.Empty),
                    StringComparer.Ordinal)]),
                ["diagnostics"] = new JsonArray(),
            },
        };
        return Encoding.UTF8.GetString(ArmResults.Bytes(writer => target.Mask.Of(answer)?.WriteTo(writer)).Span);
    }

    private static JsonObject IdOnly(PreviewedResource seen) => seen.Decision switch
    {
        null => Unsupported(seen),
        { Before: null } => Change(seen.Resource.Id, "Create"),
        _ => Change(seen.Resource.Id, "Deploy"),
    };

    private static JsonObject Whole(PreviewedResource seen)
    {
        if (seen.Decision is not { } decision)
        {
            return Unsupported(seen);
        }

        var after = Shown(decision.After, seen);
        if (decision.Before is null)
        {
            var create = Change(seen.Resource.Id, "Create");
            create["after"] = after;
            return create;
        }

        var before = Shown(decision.Before, seen);
        var change = Change(seen.Resource.Id, decision.IsUntouched ? "NoChange" : "Modify");
        if (!decision.IsUntouched)
        {
            change["delta"] = WhatIfDelta.Of(before, after);
        }

        change["before"] = before;
        change["after"] = after;
        return change;
    }

    private static JsonObject Unsupported(PreviewedResource seen)
    {
        var change = Change(seen.Resource.Id, "Unsupported");
        change["unsupportedReason"] = seen.Refusal?.Message;
        return change;
    }

    // As the template has it: its api-version, its type as it is spelt there, properties even if there are none; and without what nobody
    // can set, sorted.
    private static JsonObject Shown(JsonObject resource, PreviewedResource seen)
    {
        var shown = ServiceSetProperties.Without(resource, seen.Resource.Type);
        shown["apiVersion"] = seen.Resource.ApiVersion;
        shown["type"] = seen.Resource.Type;
        if (seen.Wanted?["properties"] is JsonObject && shown["properties"] is null)
        {
            shown["properties"] = new JsonObject();
        }

        return WhatIfDelta.Sorted(shown)?.AsObject() ?? [];
    }

    // In the group and not in the template: complete mode deletes it. Who may not read it hears of it only then.
    private async Task<JsonObject?> OtherAsync(
        PlannedDeployment planned, ResourceId id, bool isIdsOnly, string correlation, CancellationToken cancel)
    {
        var answer = await requests.SendAsync(
            new()
            {
                Method = HttpMethods.Get,
                Path = id.Text,
                ApiVersion = DeploymentRuns.VersionOf(id.Type),
                Caller = planned.Deployer.Principal,
                CorrelationId = correlation,
            },
            cancel);
        var found = answer.IsSuccess ? answer.Body : null;
        if (found is null && !planned.Request.IsComplete)
        {
            return null;
        }

        var change = Change(id.Text, planned.Request.IsComplete ? "Delete" : "Ignore");
        if (isIdsOnly || found is null)
        {
            return change;
        }

        if (planned.Request.IsComplete)
        {
            change["before"] = WhatIfDelta.Sorted(ServiceSetProperties.Without(found, id.Type));
            return change;
        }

        var reduced = new JsonObject
        {
            ["id"] = id.Text,
            ["location"] = found["location"]?.DeepClone(),
            ["name"] = id.Name,
            ["type"] = id.Type,
        };
        change["before"] = reduced;
        change["after"] = reduced.DeepClone();
        return change;
    }

    private static JsonObject Change(string id, string kind) => new() { ["resourceId"] = id, ["changeType"] = kind };
}
