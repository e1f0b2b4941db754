using System.Net;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Operations;
using Mover.State;
using Mover.State.Documents;
using Mover.Templates.Deployments;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>The deployment was canceled or deleted, or another instance goes on with it: nothing more is done for it here.</summary>
internal sealed class DeploymentEndedException() : Exception("Another instance now runs the deployment.");

/// <summary>What carrying out deployments needs.</summary>
internal sealed record RunTools(
    DocumentStore Documents, InnerRequests Requests, DeploymentSteps Steps, DeploymentContents Contents, TimeProvider Clock);

/// <summary>
/// Puts the resources of an active deployment into the control plane, with the same requests as clients, and notes each step. What was
/// noted before a kill is not done again; what was done and not noted is found as it is wanted, and is left untouched. Each write relies on
/// the documents of the deployment and of those around it being as this instance knows them.
/// </summary>
internal sealed class RunTarget(
    RunTools tools, Document<DeploymentRecord> document, RunTarget? parent, PlannedResource? asResource, SecretMask around) : IPlanTarget
{
    private const int TriesMax = 6;
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(5);

    private readonly SortedSet<string> _resources = new(StringComparer.OrdinalIgnoreCase);
    private Document<DeploymentRecord> _document = document;
    private SecretMask _mask = around;

    /// <summary>The deployment as it is known here.</summary>
    public DeploymentRecord Deployment => _document.Value;

    private RunTarget Outermost => parent?.Outermost ?? this;

    private IReadOnlyList<DocumentWrite> Only =>
        [.. parent?.Only ?? [], DocumentWrite.Check(_document.Key, DocumentCondition.Unchanged(_document.Info))];

    public Task<InnerAnswer> ReadAsync(PlannedRead read, CancellationToken cancel) => tools.Requests.SendAsync(
        RequestOf(
            read.Function is null ? HttpMethods.Get : HttpMethods.Post,
            read.Function is null ? read.Id : $"{read.Id}/{read.Function}", read.ApiVersion, read.Body, terms: null),
        cancel);

    public async Task<ArmError?> PutAsync(
        PlannedResource resource, Func<CancellationToken, Task<Core.Result<JsonObject>>> body, CancellationToken cancel)
    {
        var id = DeploymentSteps.IdOf(Deployment.Instance, "Create", resource.Id);
        if (await tools.Steps.FindAsync(Deployment, id, cancel) is { } before)
        {
            return Ended(before, resource.Id);
        }

        var began = tools.Clock.GetUtcNow();
        if (!(await body(cancel)).Try(out var wanted, out var invalid))
        {
            return await NoteAsync("Create", resource, began, null, invalid, cancel);
        }

        var answer = await SendAsync(
            RequestOf(HttpMethods.Put, resource.Id, resource.ApiVersion ?? string.Empty, wanted.ToJsonString(), new() { Only = Only }),
            cancel);
        return await NoteAsync("Create", resource, began, answer, answer.Refusal, cancel);
    }

    public async Task<BegunDeployment> BeginAsync(PlannedResource resource, CancellationToken cancel)
    {
        var id = DeploymentSteps.IdOf(Deployment.Instance, "Create", resource.Id);
        if (await tools.Steps.FindAsync(Deployment, id, cancel) is { ProvisioningState: not DeploymentStates.Running } before)
        {
            return new(null, Ended(before, resource.Id));
        }

        var began = tools.Clock.GetUtcNow();
        var root = Outermost.Deployment;
        var start = NestedStart.Of(resource, root.Id, root.Instance, Deployment.Deployer, Deployment.CorrelationId);
        var refusal = NestedStart.Check(resource, root.Id);
        if (refusal is null)
        {
            var request = RequestOf(HttpMethods.Put, resource.Id, resource.ApiVersion ?? string.Empty, null, new() { Only = Only });
            refusal = (await SendAsync(request with { Features = request.Features + (all => all.Set(start)) }, cancel)).Refusal;
        }

        var nested = refusal is null && ResourceId.TryParse(resource.Id, out var key)
            ? await tools.Documents.GetAsync(key, DeploymentsJson.Stored.DeploymentRecord, cancel)
            : null;
        if (nested is null || nested.Value.RootInstance != root.Instance)
        {
            refusal ??= ArmErrors.DeploymentNotFound(resource.Name);
            return new(null, await NoteAsync("Create", resource, began, null, refusal, cancel));
        }

        await CommitAsync(
            [DeploymentSteps.WriteOf(Deployment, StepOf("Create", resource, began, DeploymentStates.Running, "Accepted", null))], cancel);
        return new(new RunTarget(tools, nested, this, resource, _mask));
    }

    public async Task<ArmError?> StartAsync(DeploymentPlan plan, CancellationToken cancel)
    {
        _mask = _mask.With(plan);
        if (parent is null || !Deployment.IsActive)
        {
            return null;
        }

        var shown = ShownPlan.Parameters(plan);
        if (ShownPlan.CheckSize("parameters", shown) is { } large)
        {
            return large;
        }

        await SaveAsync(
            Deployment with
            {
                Location = plan.Context.ResourceGroup is null ? plan.Context.Location : null,
                Properties = Deployment.Properties with
                {
                    // Secure values of what is around may be given on as others.
                    Parameters = shown is null ? null
                        : parent._mask.Of(JsonNode.Parse(shown, null, new() { MaxDepth = 256 }))?.ToJsonString(),
                    Providers = ShownPlan.Providers(plan),
                    Dependencies = ShownPlan.Dependencies(plan),
                    ProvisioningState = DeploymentStates.Running,
                    Timestamp = tools.Clock.GetUtcNow(),
                },
            },
            [], cancel);
        return null;
    }

    public Task EndAsync(WalkEnd end, CancellationToken cancel) => EndAsync(end, [], cancel);

    /// <summary>Ends it, with what else is written at the same moment.</summary>
    public async Task EndAsync(WalkEnd end, IReadOnlyList<DocumentWrite> also, CancellationToken cancel)
    {
        var outputs = ShownPlan.Outputs(end.Outputs);
        var failure = end.Failure
            ?? (ShownPlan.CheckSize("outputs", outputs) is { } large
                ? ArmErrors.DeploymentOutputEvaluationFailed(string.Empty, large.Message) : null);
        var now = tools.Clock.GetUtcNow();
        if (Deployment.IsActive)
        {
            var state = failure is null ? DeploymentStates.Succeeded : DeploymentStates.Failed;
            var evaluated = new DeploymentStep
            {
                OperationId = Deployment.OperationId,
                Operation = "EvaluateDeploymentOutput",
                ProvisioningState = state,
                Timestamp = now,
                StatusCode = "OK",
                TrackingId = Guid.NewGuid().ToString(),
            };
            await SaveAsync(
                Deployment with
                {
                    Properties = Deployment.Properties with
                    {
                        ProvisioningState = state,
                        Timestamp = now,
                        Duration = now - Deployment.StartTime,
                        Outputs = failure is null ? outputs : null,
                        OutputResources = failure is null ? [.. _resources] : null,
                        Error = failure is null ? null : _mask.JsonOf(failure),
                    },
                },
                failure is null ? [DeploymentSteps.WriteOf(Deployment, evaluated), .. also] : also, cancel);
        }

        if (parent is not null && asResource is not null)
        {
            parent._resources.UnionWith(_resources);
            var refusal = failure is null ? null : ArmErrors.ResourceDeploymentFailure(asResource.Id, failure);
            await parent.NoteAsync("Create", asResource, Deployment.StartTime, new(200, null, null), refusal, cancel);
        }
    }

    /// <summary>Deletes a resource that the template does not have: null when it is gone.</summary>
    public async Task<ArmError?> DeleteAsync(ResourceId id, string apiVersion, CancellationToken cancel)
    {
        const string Delete = "Delete";
        var step = DeploymentSteps.IdOf(Deployment.Instance, Delete, id.Text);
        if (await tools.Steps.FindAsync(Deployment, step, cancel) is { } before)
        {
            return before.ProvisioningState == DeploymentStates.Failed ? ErrorOf(before) : null;
        }

        var began = tools.Clock.GetUtcNow();
        var answer = await SendAsync(RequestOf(HttpMethods.Delete, id.Text, apiVersion, null, new() { Only = Only }), cancel);
        while (answer.IsSuccess && await tools.Documents.GetInfoAsync(id, cancel) is not null)
        {
            await CheckAsync(cancel);
            await Task.Delay(TimeSpan.FromMilliseconds(200), tools.Clock, cancel);
        }

        return await NoteAsync(Delete, id.Text, id.Type, id.Name, began, answer, answer.Refusal, cancel);
    }

    private static ArmError ErrorOf(DeploymentStep step) =>
        ErrorJson.Read(JsonNode.Parse(step.Error ?? "{}") as JsonObject, 409) ?? ArmErrors.DeploymentFailed([]);

    private ArmError? Ended(DeploymentStep step, string resource)
    {
        if (step.ProvisioningState == DeploymentStates.Failed)
        {
            return ErrorOf(step);
        }

        _resources.Add(resource);
        return null;
    }

    private InnerRequest RequestOf(string method, string path, string apiVersion, string? body, WriteTerms? terms) => new()
    {
        Method = method,
        Path = path,
        ApiVersion = apiVersion,
        Body = body,
        Caller = Deployment.Deployer.Principal,
        CorrelationId = Deployment.CorrelationId,
        Features = all =>
        {
            if (terms is not null)
            {
                all.Set(terms);
            }
        },
    };

    // What passes by itself is waited for. A store that cannot be reached is the loop's affair: it begins again.
    private async Task<InnerAnswer> SendAsync(InnerRequest request, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            var answer = await tools.Requests.SendAsync(request, cancel);
            if (answer.Refusal?.Code == ArmErrors.DeploymentEnded().Code)
            {
                throw new DeploymentEndedException();
            }

            if (answer.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status507InsufficientStorage)
            {
                throw new StateException(StateFault.Unavailable, $"A deployment's request failed: {answer.Refusal?.Message}");
            }

            if (answer.RetryAfter is not { } wait || answer.IsSuccess || tries == TriesMax)
            {
                return answer;
            }

            await Task.Delay(wait < WaitMax ? wait : WaitMax, tools.Clock, cancel);
            await CheckAsync(cancel);
        }
    }

    private async Task CheckAsync(CancellationToken cancel)
    {
        if (parent is not null)
        {
            await parent.CheckAsync(cancel);
        }

        if (await tools.Documents.GetInfoAsync(_document.Key, cancel) is not { } now || now.Version != _document.Version)
        {
            throw new DeploymentEndedException();
        }
    }

    private async Task<ArmError?> NoteAsync(
        string operation, PlannedResource resource, DateTimeOffset began, InnerAnswer? answer, ArmError? refusal, CancellationToken cancel)
    {
        if (refusal is null)
        {
            _resources.Add(resource.Id);
        }

        return await NoteAsync(operation, resource.Id, resource.Type, resource.Name, began, answer, refusal, cancel);
    }

    private async Task<ArmError?> NoteAsync(
        string operation, string id, string type, string name, DateTimeOffset began, InnerAnswer? answer, ArmError? refusal,
        CancellationToken cancel)
    {
        var shown = refusal is null ? null : _mask.Of(refusal.Target is null ? refusal with { Target = id } : refusal);
        var step = StepOf(
            operation, id, type, name, began, refusal is null ? DeploymentStates.Succeeded : DeploymentStates.Failed,
            ((HttpStatusCode)(answer?.Status ?? refusal?.Status ?? 200)).ToString(), shown is null ? null : _mask.JsonOf(shown));
        await CommitAsync([DeploymentSteps.WriteOf(Deployment, step)], cancel);
        return shown;
    }

    private DeploymentStep StepOf(
        string operation, PlannedResource resource, DateTimeOffset began, string state, string status, string? error) =>
        StepOf(operation, resource.Id, resource.Type, resource.Name, began, state, status, error);

    private DeploymentStep StepOf(
        string operation, string id, string type, string name, DateTimeOffset began, string state, string status, string? error)
    {
        var now = tools.Clock.GetUtcNow();
        return new()
        {
            OperationId = DeploymentSteps.IdOf(Deployment.Instance, operation, id),
            Operation = operation,
            ProvisioningState = state,
            Timestamp = now,
            Duration = now - began,
            StatusCode = status,
            Target = id,
            TargetType = type,
            TargetName = name,
            Error = error,
            TrackingId = Guid.NewGuid().ToString(),
        };
    }

    private WriteStamp Stamp() => new(
        Deployment.Deployer.Principal.CreatedBy, Deployment.Deployer.Principal.CreatedByType, tools.Clock.GetUtcNow(),
        Deployment.CorrelationId, Routine: true);

    private async Task CommitAsync(IReadOnlyList<DocumentWrite> writes, CancellationToken cancel)
    {
        if (!(await tools.Documents.CommitAsync([.. writes, .. Only], Stamp(), cancel)).Committed)
        {
            throw new DeploymentEndedException();
        }
    }

    private async Task SaveAsync(DeploymentRecord changed, IReadOnlyList<DocumentWrite> also, CancellationToken cancel)
    {
        var commit = await tools.Documents.CommitAsync(
            [
                DocumentWrite.Put(
                    _document.Key, changed, DeploymentsJson.Stored.DeploymentRecord, DocumentCondition.Unchanged(_document.Info)),
                .. also, .. parent?.Only ?? [],
            ],
            Stamp(), cancel);
        _document = commit.Saved[0] is { } info && commit.Committed ? new(changed, info) : throw new DeploymentEndedException();
    }
}

/// <summary>That a PUT of a deployment is part of another one.</summary>
internal sealed record NestedStart(
    string Root, string RootInstance, Deployer Deployer, string CorrelationId, string Template)
{
    public static NestedStart Of(PlannedResource resource, string root, string rootInstance, Deployer deployer, string correlation)
    {
        var properties = resource.Body["properties"] as ObjectValue ?? ObjectValue.Empty;
        return new(
            root, rootInstance, deployer, correlation, TemplateText.Json(properties["template"] ?? ObjectValue.Empty));
    }

    /// <summary>Null when the nested deployment can be carried out.</summary>
    public static ArmError? Check(PlannedResource resource, string root)
    {
        var mode = ((resource.Body["properties"] as ObjectValue)?["mode"] as StringValue)?.Value;
        return DeploymentScope.CheckName(resource.Name)
            ?? (ArmCase.Same(resource.Id, root)
                ? ArmErrors.InvalidDeployment($"The nested deployment '{resource.Id}' has the same id as the deployment that contains it.")
                : DeploymentRequest.Complete.Equals(mode, StringComparison.OrdinalIgnoreCase)
                    ? ArmErrors.InvalidDeployment($"The nested deployment '{resource.Id}' has mode Complete, which only the outermost "
                        + "deployment can have.")
                    : null);
    }
}
