using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Background;
using Mover.Server.Documents;
using Mover.Server.Settings;
using Mover.State.Documents;
using Mover.Templates;
using Mover.Templates.Deployments;

namespace Mover.Server.Deployments;

/// <summary>A deployment that was asked for, planned and checked, and not yet kept.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Request">What was asked.</param>
/// <param name="Input">What it is planned with.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="Scope">That its scope exists and stays; empty for a subscription.</param>
/// <param name="Deployer">Who deploys.</param>
internal sealed record PlannedDeployment(
    ResourceId Id, DeploymentRequest Request, DeploymentInput Input, DeploymentPlan Plan, IReadOnlyList<DocumentWrite> Scope,
    Deployer Deployer);

/// <summary>Accepts deployments, cancels and deletes them.</summary>
internal sealed class DeploymentWrites(
    DocumentStore documents, ArmReads reads, DeploymentPlans plans, DeploymentContents contents, DeploymentRetention retention)
{
    /// <summary>Plans what is asked for, or says what is wrong with it.</summary>
    public async Task<Result<PlannedDeployment>> PlanAsync(
        ResourceScope scope, ResourceId id, DeploymentRequest request, CancellationToken cancel)
    {
        if (!(await FindScopeAsync(scope, request, cancel)).Try(out var found, out var refusal))
        {
            return refusal;
        }

        var deployer = Deployer.Of(scope.Http.Principal());
        try
        {
            var plan = await plans.MakeAsync(id.Name, request.Template, request.Parameters, found.Input, scope.Now, deployer, cancel);
            return ShownPlan.CheckSize("parameters", ShownPlan.Parameters(plan)) is { } large ? large
                : new PlannedDeployment(id, request, found.Input, plan, found.Checks, deployer);
        }
        catch (TemplateException fault)
        {
            return TemplateText.Refusal(fault);
        }
    }

    /// <summary>A planned deployment as validation shows it.</summary>
    public static DeploymentRecord Shown(ResourceScope scope, PlannedDeployment planned)
    {
        var made = MakeRecord(scope, planned, TemplateText.Json(planned.Request.Template));
        return made with { Properties = made.Properties with { ProvisioningState = DeploymentStates.Succeeded } };
    }

    /// <summary>Keeps a planned deployment, which is carried out from then on; says whether it is the first of its name.</summary>
    public async Task<Result<(DeploymentRecord Deployment, bool IsNew)>> AcceptAsync(
        ResourceScope scope, PlannedDeployment planned, CancellationToken cancel)
    {
        var template = TemplateText.Json(planned.Request.Template);
        var given = planned.Request.Parameters is null ? null : TemplateText.Json(planned.Request.Parameters);
        var made = MakeRecord(scope, planned, template);
        var input = JsonSerializer.Serialize(planned.Input with { Parameters = given }, DeploymentsJson.Stored.DeploymentInput);
        if (contents.WritesOf(planned.Id, made.Instance, DeploymentContents.Template, template) is not { } templates
            || contents.WritesOf(planned.Id, made.Instance, DeploymentContents.Input, input) is not { } inputs)
        {
            return ArmErrors.DeploymentTooLarge("template and parameters", (int)ServerOptions.BodyBytesMax);
        }

        DocumentWrite[] pending =
        [
            DocumentWrite.Put(
                PendingDeployment.KeyOf(made.OperationId), new(made.Id, made.Instance), DeploymentsJson.Stored.PendingDeployment),
        ];
        return await KeepAsync(scope, made, [.. templates, .. inputs], pending, planned.Scope, cancel);
    }

    /// <summary>Keeps a deployment that is a part of another one, or finds it as it was left.</summary>
    public async Task<Result<DeploymentRecord>> AcceptNestedAsync(
        ResourceScope scope, ResourceId id, NestedStart start, CancellationToken cancel)
    {
        var terms = WriteTerms.Of(scope.Http);
        if (!(await ScopeChecksAsync(id, terms?.Preview, cancel)).Try(out var checks, out var missing))
        {
            return missing;
        }

        var before = await documents.GetAsync(id, DeploymentsJson.Stored.DeploymentRecord, cancel);
        if (before?.Value.RootInstance == start.RootInstance)
        {
            return before.Value;
        }

        if (before is not null && await IsActiveAsync(before.Value, cancel))
        {
            return ActiveRefusal(before.Value);
        }

        var made = RecordOf(scope, id, start.Template, start.Deployer, start.CorrelationId) with
        {
            Root = start.Root,
            RootInstance = start.RootInstance,
        };
        if (terms?.Preview is not null)
        {
            return made;
        }

        if (contents.WritesOf(id, made.Instance, DeploymentContents.Template, start.Template) is not { } templates)
        {
            return ArmErrors.DeploymentTooLarge("template", (int)ServerOptions.BodyBytesMax);
        }

        var kept = await KeepAsync(scope, made, templates, terms?.Only ?? [], checks, cancel);
        return kept.Try(out var saved, out var refusal) ? saved.Deployment : refusal;
    }

    /// <summary>Cancels an active deployment; null when that is done.</summary>
    public async Task<ArmError?> CancelAsync(ResourceScope scope, ResourceId id, CancellationToken cancel)
    {
        ArmError? refusal = null;
        var found = await documents.UpdateAsync(
            id, DeploymentsJson.Stored.DeploymentRecord,
            now =>
            {
                refusal = !now.Value.IsActive
                        ? ArmErrors.DeploymentCannotBeCancelled(id.Name, now.Value.Properties.ProvisioningState)
                    : now.Value.Root is { } root ? ArmErrors.DeploymentIsNested(id.Name, root)
                    : null;
                return refusal is null ? DeploymentRuns.Canceled(now.Value, scope.Now) : null;
            },
            ArmWrites.Stamp(scope), cancel);
        return found is null ? ArmErrors.DeploymentNotFound(id.Name) : refusal;
    }

    /// <summary>Deletes a deployment that has ended, its steps and its template; what it deployed stays. Answers what was there.</summary>
    public async Task<Result<DeploymentRecord>> DeleteAsync(ResourceScope scope, ResourceId id, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var found = await documents.GetAsync(id, DeploymentsJson.Stored.DeploymentRecord, cancel);
            if (found is null)
            {
                return ArmErrors.DeploymentNotFound(id.Name);
            }

            if (await IsActiveAsync(found.Value, cancel))
            {
                return ActiveRefusal(found.Value);
            }

            if (await retention.RemoveAsync(found, ArmWrites.Stamp(scope), cancel))
            {
                return found.Value;
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(id);
    }

    // A part is active with the whole; what carries it out may be gone with its group.
    private async Task<bool> IsActiveAsync(DeploymentRecord deployment, CancellationToken cancel) =>
        deployment.IsActive
        && (deployment.Root is null
            || (ResourceId.TryParse(deployment.Root, out var root)
                && await documents.GetAsync(root, DeploymentsJson.Stored.DeploymentRecord, cancel) is { Value: { IsActive: true } whole }
                && whole.Instance == deployment.RootInstance));

    private static ArmError ActiveRefusal(DeploymentRecord deployment) =>
        ArmErrors.DeploymentActive(deployment.Id, deployment.StartTime, deployment.CorrelationId);

    private static DeploymentRecord MakeRecord(ResourceScope scope, PlannedDeployment planned, string template)
    {
        var made = RecordOf(scope, planned.Id, template, planned.Deployer, scope.CorrelationId);
        return made with
        {
            Location = planned.Id.ResourceGroup.Length == 0 ? planned.Input.Location : null,
            Tags = planned.Request.Tags,
            Properties = made.Properties with
            {
                Mode = planned.Request.Mode,
                DebugSetting = planned.Request.DebugSetting,
                Parameters = ShownPlan.Parameters(planned.Plan),
                Providers = ShownPlan.Providers(planned.Plan),
                Dependencies = ShownPlan.Dependencies(planned.Plan),
            },
        };
    }

    private static DeploymentRecord RecordOf(
        ResourceScope scope, ResourceId id, string template, Deployer deployer, string correlation) => new()
    {
        Id = id.Text,
        Name = id.Name,
        Instance = Guid.NewGuid().ToString("N"),
        OperationId = string.Concat(Enumerable.Range(0, 20)
            .Select(_ => RandomNumberGenerator.GetInt32(10).ToString(CultureInfo.InvariantCulture))),
        Deployer = deployer,
        CorrelationId = correlation,
        StartTime = scope.Now,
        Properties = new()
        {
            Mode = DeploymentRequest.Incremental,
            ProvisioningState = DeploymentStates.Accepted,
            TemplateHash = TemplateText.Hash(template),
            Timestamp = scope.Now,
        },
    };

    private async Task<Result<(DeploymentRecord Deployment, bool IsNew)>> KeepAsync(
        ResourceScope scope, DeploymentRecord made, List<DocumentWrite> pieces, IReadOnlyList<DocumentWrite> beside,
        IReadOnlyList<DocumentWrite> checks, CancellationToken cancel)
    {
        var id = made.ResourceId;
        var stamp = ArmWrites.Stamp(scope);
        var written = pieces.Count <= 2 ? 0 : pieces.Count;
        foreach (var piece in pieces.Take(written))
        {
            // A commit holds little more than one piece. Nobody looks at them before the deployment is there.
            if (!(await documents.CommitAsync([piece, .. checks], stamp with { Routine = true }, cancel)).Committed)
            {
                return ArmErrors.Contended(id);
            }
        }

        var rounds = documents.Rounds();
        do
        {
            var before = await documents.GetAsync(id, DeploymentsJson.Stored.DeploymentRecord, cancel);
            if (before is not null && await IsActiveAsync(before.Value, cancel))
            {
                return ActiveRefusal(before.Value);
            }

            if (before is not null && before.Value.Location != made.Location && made.Location is not null)
            {
                return ArmErrors.InvalidDeployment(
                    $"The deployment '{id.Name}' is in location '{before.Value.Location}'; delete it or use another name.", "location");
            }

            if (before is null && await retention.MakeRoomAsync(id, stamp, cancel) is { } full)
            {
                return full;
            }

            DocumentWrite[] own =
            [
                DocumentWrite.Put(
                    id, made, DeploymentsJson.Stored.DeploymentRecord, DocumentCondition.AsRead(before?.Info)),
                .. pieces.Skip(written),
            ];
            var commit = await documents.CommitAsync([.. own, .. beside, .. checks], stamp, cancel);
            if (commit.Committed)
            {
                if (before is not null)
                {
                    await retention.ForgetAsync(before.Value, stamp with { Routine = true }, cancel);
                }

                return (made, before is null);
            }

            if (commit.FailedWrite >= own.Length + beside.Count)
            {
                return ArmErrors.Contended(id);
            }

            if (commit.FailedWrite >= own.Length)
            {
                return ArmErrors.DeploymentEnded();
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(id);
    }

    private async Task<Result<(DeploymentInput Input, IReadOnlyList<DocumentWrite> Checks)>> FindScopeAsync(
        ResourceScope scope, DeploymentRequest request, CancellationToken cancel)
    {
        var place = DeploymentScope.Of(scope.Http);
        if (place.ResourceGroup.Length == 0)
        {
            return string.IsNullOrWhiteSpace(request.Location) ? ArmErrors.LocationRequired()
                : request.IsComplete
                    ? ArmErrors.InvalidDeployment("Deployments to a subscription must be Incremental.", "properties.mode")
                : (new DeploymentInput(null, DeploymentPlans.NewSeed(), null, Core.Rules.Tracked.Normal(request.Location), null),
                    (IReadOnlyList<DocumentWrite>)[]);
        }

        if (request.Location is not null)
        {
            return ArmErrors.InvalidDeployment("A deployment to a resource group uses the group's location; omit 'location'.", "location");
        }

        if (!(await ScopeChecksAsync(place.Provider(DeploymentScope.Type, "x"), null, cancel)).Try(out var checks, out var missing)
            || !(await reads.FindAsync(place, Shapes.ResourceGroup.Json, cancel)).Try(out var group, out missing))
        {
            return missing;
        }

        return (new DeploymentInput(
            null, DeploymentPlans.NewSeed(), group.Value.Name, group.Value.Location ?? string.Empty,
            group.Value.Tags?.ToDictionary(StringComparer.Ordinal)), checks);
    }

    // That the group of a deployment is there and not being deleted.
    private async Task<Result<IReadOnlyList<DocumentWrite>>> ScopeChecksAsync(ResourceId id, Preview? preview, CancellationToken cancel)
    {
        if (id.ResourceGroup.Length == 0)
        {
            return Result<IReadOnlyList<DocumentWrite>>.Of([]);
        }

        var group = ResourceId.OfGroup(id.Subscription, id.ResourceGroup);
        return DeploymentScope.CheckScope(group) is not null ? ArmErrors.ResourceGroupNotFound(id.ResourceGroup)
            : preview?.Has(group) == true ? Result<IReadOnlyList<DocumentWrite>>.Of([])
            : (await reads.AliveAsync(group, cancel)).Try(out var check, out var refusal)
                ? Result<IReadOnlyList<DocumentWrite>>.Of([check])
            : refusal;
    }
}
