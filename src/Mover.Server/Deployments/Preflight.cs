using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Providers;
using Mover.Templates.Deployments;

namespace Mover.Server.Deployments;

/// <summary>Finds what would fail before anything is deployed: types, versions, rights and the rules of each resource.</summary>
internal sealed class Preflight(InnerRequests requests, ProviderCatalogue catalogue)
{
    private const string GroupType = "Microsoft.Resources/resourceGroups";

    /// <summary>Walks through a plan without deploying it. A refusal says what would fail.</summary>
    public async Task<Core.Result<PreviewTarget>> PreviewAsync(PlannedDeployment planned, string correlation, CancellationToken cancel)
    {
        if (CheckTypes(planned.Plan) is { Count: > 0 } unknown)
        {
            return Invalid(planned, unknown);
        }

        var target = new PreviewTarget(requests, planned, correlation, null, planned.Id.Text);
        await target.StartAsync(planned.Plan, cancel);
        var end = await new PlanWalk(target, planned.Plan).RunAsync(cancel);

        // Outputs are evaluated last: what is wrong with them is found when everything is deployed, as in ARM.
        return end.Failure is { Code: ArmErrors.DeploymentFailedCode } failed
            ? Invalid(planned, Grouped([.. (failed.Details ?? []).Select(detail => target.Mask.Of(detail))]))
            : target;
    }

    /// <summary>Null when nothing is found that would fail.</summary>
    public async Task<ArmError?> CheckAsync(PlannedDeployment planned, string correlation, CancellationToken cancel) =>
        (await PreviewAsync(planned, correlation, cancel)).Refusal;

    private List<ArmError> CheckTypes(DeploymentPlan plan) =>
        [.. plan.Resources.Select(Check).OfType<ArmError>().Take(DeploymentLimits.DetailsMax)];

    // Azure Storage takes part in the check itself: all that it finds is one detail. Other types' refusals stand as they are.
    private static List<ArmError> Grouped(IReadOnlyList<ArmError> found)
    {
        var byStorage = found.Where(one => one.Code == ArmErrors.AccountNameInvalidCode).ToList();
        return byStorage.Count == 0 ? [.. found] : [ArmErrors.PreflightValidationCheckFailed(byStorage), .. found.Except(byStorage)];
    }

    private static ArmError Invalid(PlannedDeployment planned, IReadOnlyList<ArmError> details) =>
        ArmErrors.InvalidTemplateDeployment(planned.Id.Name, Guid.NewGuid().ToString(), details);

    private ArmError? Check(PlannedResource resource)
    {
        var name = resource.Type.Split('/')[0];
        if (catalogue.Find(name) is not { } provider)
        {
            return ArmErrors.InvalidResourceNamespace(name) with { Target = resource.Id };
        }

        if (!ResourceId.TryParse(resource.Id, out _))
        {
            return ArmErrors.InvalidDeployment($"'{PrintedText.Of(resource.Id, 200)}' is not a resource id.", resource.Id);
        }

        var type = resource.Type[(name.Length + 1)..];
        if (!provider.Types.Any(one => one.Name.Equals(type, StringComparison.OrdinalIgnoreCase))
            && !resource.Type.Equals(GroupType, StringComparison.OrdinalIgnoreCase))
        {
            return ArmErrors.InvalidResourceType(type, provider.Namespace) with { Target = resource.Id };
        }

        return string.IsNullOrEmpty(resource.ApiVersion)
                ? resource.IsExisting ? null : ArmErrors.MissingApiVersion() with { Target = resource.Id }
            : ApiVersions.Check(provider.Namespace, resource.ApiVersion) is null ? null
            : ArmErrors.NoRegisteredProvider(type, plannedLocation(resource), resource.ApiVersion, ApiVersions.Of(provider.Namespace))
                with { Target = resource.Id };

        static string plannedLocation(PlannedResource one) =>
            one.Nested is null && one.Body["location"] is Mover.Templates.Values.StringValue location ? location.Value : string.Empty;
    }
}
