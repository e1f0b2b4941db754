using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Templates;
using Mover.Templates.Deployments;

namespace Mover.Server.Deployments;

/// <summary>Where the resources of a plan go: into the control plane, or only into a preview of it.</summary>
internal interface IPlanTarget
{
    /// <summary>Reads a resource for an expression.</summary>
    Task<InnerAnswer> ReadAsync(PlannedRead read, CancellationToken cancel);

    /// <summary>Null when the resource is as planned, or why not.</summary>
    Task<ArmError?> PutAsync(PlannedResource resource, Func<CancellationToken, Task<Core.Result<JsonObject>>> body,
        CancellationToken cancel);

    /// <summary>Begins a deployment that is nested in this one.</summary>
    Task<BegunDeployment> BeginAsync(PlannedResource resource, CancellationToken cancel);

    /// <summary>The plan of this nested deployment is made; shows it.</summary>
    Task<ArmError?> StartAsync(DeploymentPlan plan, CancellationToken cancel);

    /// <summary>Ends it.</summary>
    Task EndAsync(WalkEnd end, CancellationToken cancel);
}

/// <summary>A nested deployment that was begun.</summary>
/// <param name="Inside">Where its resources go; null for one that has ended already.</param>
/// <param name="Failure">Why it cannot be, or failed before; null when it did not.</param>
internal sealed record BegunDeployment(IPlanTarget? Inside, ArmError? Failure = null);

/// <summary>How the walk through a plan ended.</summary>
/// <param name="Failure">Why it failed; null when it did not.</param>
/// <param name="Outputs">The outputs; empty when it failed.</param>
internal sealed record WalkEnd(ArmError? Failure, IReadOnlyList<TemplateOutput> Outputs);

/// <summary>
/// Goes through a plan in the order of its dependencies: each resource once all that it waits for are there. What waits for one that failed
/// is left out; what does not is done.
/// </summary>
internal sealed class PlanWalk(IPlanTarget target, DeploymentPlan plan)
{
    private readonly FetchedRuntime _outputs = new(target);
    private readonly List<ArmError> _failures = [];

    /// <summary>Walks to the end.</summary>
    public async Task<WalkEnd> RunAsync(CancellationToken cancel)
    {
        var there = plan.Resources.Where(one => one.IsExisting).Select(one => one.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var left = plan.Resources.Where(one => !one.IsExisting).ToList();
        while (left.FindIndex(one => one.DependsOn.All(there.Contains)) is var next and >= 0)
        {
            var resource = left[next];
            left.RemoveAt(next);
            var failure = resource.Nested is { } nested ? await NestedAsync(resource, nested, cancel)
                : await target.PutAsync(resource, stop => BodyAsync(resource, stop), cancel);
            if (failure is null)
            {
                there.Add(resource.Id);
            }
            else
            {
                _failures.Add(failure);
            }
        }

        return _failures.Count > 0
            ? new(ArmErrors.DeploymentFailed([.. _failures.Take(DeploymentLimits.DetailsMax)]), [])
            : await EndAsync(cancel);
    }

    private async Task<WalkEnd> EndAsync(CancellationToken cancel)
    {
        var evaluated = await _outputs.EvaluateAsync(plan.Outputs, cancel);
        return evaluated.Try(out var outputs, out var refusal) ? new(null, outputs)
            : new(ArmErrors.DeploymentOutputEvaluationFailed(refusal.Violation?.Path ?? string.Empty, refusal.Message), []);
    }

    // A resource as it is sent: without what names it.
    private async Task<Core.Result<JsonObject>> BodyAsync(PlannedResource resource, CancellationToken cancel)
    {
        var resolved = await new FetchedRuntime(target).EvaluateAsync(runtime => resource.ResolveBody(plan, runtime), cancel);
        if (!resolved.Try(out var value, out var refusal))
        {
            return refusal;
        }

        var body = TemplateText.Node(value)?.AsObject() ?? [];
        foreach (var name in new[] { "id", "type", "name", "apiVersion" })
        {
            body.Remove(name);
        }

        return body;
    }

    private async Task<ArmError?> NestedAsync(PlannedResource resource, NestedDeployment nested, CancellationToken cancel)
    {
        var begun = await target.BeginAsync(resource, cancel);
        if (begun.Inside is not { } inside)
        {
            return begun.Failure;
        }

        var expanded = await new FetchedRuntime(target).EvaluateAsync(runtime => nested.Expand(plan, runtime), cancel);
        WalkEnd end;
        if (!expanded.Try(out var inner, out var invalid))
        {
            end = new(invalid, []);
        }
        else
        {
            end = await inside.StartAsync(inner, cancel) is { } unstarted ? new(unstarted, [])
                : await new PlanWalk(inside, inner).RunAsync(cancel);
        }

        await inside.EndAsync(end, cancel);
        return end.Failure is { } failure ? ArmErrors.ResourceDeploymentFailure(resource.Id, failure) : null;
    }
}
