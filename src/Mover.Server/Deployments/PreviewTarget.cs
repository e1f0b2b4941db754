using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Templates.Deployments;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>What a resource of a template would become.</summary>
/// <param name="Resource">The resource.</param>
/// <param name="Wanted">As it would be sent; null when that cannot be told.</param>
/// <param name="Decision">What it would become; null when that cannot be told.</param>
/// <param name="Refusal">Why it cannot be told, or would fail; null when it would not.</param>
internal sealed record PreviewedResource(PlannedResource Resource, JsonObject? Wanted, Decision? Decision, ArmError? Refusal);

/// <summary>
/// Takes the resources of a plan through the same rights and rules as their requests, and writes nothing. Those decided earlier are there
/// for those that come later, also for what expressions read.
/// </summary>
internal sealed class PreviewTarget(InnerRequests requests, PlannedDeployment planned, string correlation, PreviewTarget? parent, string id)
    : IPlanTarget
{
    private readonly Dictionary<string, JsonObject> _ended = parent?._ended ?? new(StringComparer.OrdinalIgnoreCase);
    private readonly Preview _preview = parent?._preview ?? new();
    private readonly PreviewTarget? _above = parent;
    private SecretMask _mask = parent?._mask ?? SecretMask.None;

    /// <summary>Every resource that was looked at, those of nested deployments among them.</summary>
    public List<PreviewedResource> Resources { get; } = parent?.Resources ?? [];

    /// <summary>Every plan that was walked.</summary>
    public List<DeploymentPlan> Plans { get; } = parent?.Plans ?? [];

    /// <summary>Keeps secure parameters out of what is shown.</summary>
    public SecretMask Mask => _mask;

    public async Task<InnerAnswer> ReadAsync(PlannedRead read, CancellationToken cancel)
    {
        if (read.Function is not null)
        {
            return Refused(ArmErrors.PreviewNotSupported(read.Function));
        }

        return _ended.GetValueOrDefault(read.Id) is { } nested ? new(StatusCodes.Status200OK, nested, null)
            : ResourceId.TryParse(read.Id, out var resource) && _preview.Find(resource) is { } decided
                ? new(StatusCodes.Status200OK, decided.After.DeepClone().AsObject(), null)
            : await requests.SendAsync(RequestOf(HttpMethods.Get, read.Id, read.ApiVersion, null), cancel);
    }

    public async Task<ArmError?> PutAsync(
        PlannedResource resource, Func<CancellationToken, Task<Core.Result<JsonObject>>> body, CancellationToken cancel)
    {
        if (!(await body(cancel)).Try(out var wanted, out var invalid))
        {
            return Note(new(resource, null, null, Of(resource, invalid)));
        }

        var terms = new WriteTerms { Preview = _preview };
        var request = RequestOf(HttpMethods.Put, resource.Id, resource.ApiVersion ?? string.Empty, wanted.ToJsonString());
        var answer = await requests.SendAsync(request with { Features = all => all.Set(terms) }, cancel);
        var decision = ResourceId.TryParse(resource.Id, out var key) ? _preview.Find(key) : null;
        return Note(new(resource, wanted, decision, answer.Refusal is { } refusal ? Of(resource, refusal) : null));
    }

    public async Task<BegunDeployment> BeginAsync(PlannedResource resource, CancellationToken cancel)
    {
        var refusal = NestedStart.Check(resource, planned.Id.Text);
        if (refusal is null)
        {
            var terms = new WriteTerms { Preview = _preview };
            var start = NestedStart.Of(resource, planned.Id.Text, "preview", planned.Deployer, correlation);
            var request = RequestOf(HttpMethods.Put, resource.Id, resource.ApiVersion ?? string.Empty, null);
            refusal = (await requests.SendAsync(
                request with
                {
                    Features = all =>
                    {
                        all.Set(terms);
                        all.Set(start);
                    },
                },
                cancel)).Refusal;
        }

        return refusal is null ? new(new PreviewTarget(requests, planned, correlation, this, resource.Id))
            : new(null, Note(new(resource, null, null, Of(resource, refusal))));
    }

    public Task<ArmError?> StartAsync(DeploymentPlan plan, CancellationToken cancel)
    {
        Plans.Add(plan);
        for (var one = this; one is not null; one = one._above)
        {
            one._mask = one._mask.With(plan);
        }

        return Task.FromResult(ShownPlan.CheckSize("parameters", ShownPlan.Parameters(plan)));
    }

    public Task EndAsync(WalkEnd end, CancellationToken cancel)
    {
        _ended[id] = new()
        {
            ["id"] = id,
            ["name"] = id[(id.LastIndexOf('/') + 1)..],
            ["type"] = DeploymentScope.Type,
            ["properties"] = new JsonObject
            {
                ["provisioningState"] = DeploymentStates.Succeeded,
                ["outputs"] = ShownPlan.Outputs(end.Outputs) is { } shown ? TemplateText.Node(LenientJson.Parse(shown)) : null,
            },
        };
        return Task.CompletedTask;
    }

    private static InnerAnswer Refused(ArmError error) =>
        new(error.Status, new() { ["error"] = JsonNode.Parse(ErrorJson.Of(error)) }, null);

    private static ArmError Of(PlannedResource resource, ArmError refusal) =>
        refusal.Target is null ? refusal with { Target = resource.Id } : refusal;

    private ArmError? Note(PreviewedResource seen)
    {
        Resources.Add(seen);

        // What cannot be told ahead is no failure.
        return seen.Refusal?.Code == ArmErrors.PreviewNotSupported(string.Empty).Code ? null : seen.Refusal;
    }

    private InnerRequest RequestOf(string method, string path, string apiVersion, string? body) => new()
    {
        Method = method,
        Path = path,
        ApiVersion = apiVersion,
        Body = body,
        Caller = planned.Deployer.Principal,
        CorrelationId = correlation,
    };
}
