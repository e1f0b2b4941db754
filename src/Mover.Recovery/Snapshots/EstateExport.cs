using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Templates;
using Mover.Templates.Deployments;
using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Recovery.Snapshots;

/// <summary>A resource as it was exported, with names and ids as they are.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ApiVersion">The version that it is written in.</param>
/// <param name="Body">Its members, without what names it and what it waits for.</param>
internal sealed record TakenResource(ResourceId Id, string ApiVersion, JsonObject Body);

/// <summary>
/// Exports resources of a group by ARM's own <c>exportTemplate</c>, in batches. One use only. An export of a resource may bring what is
/// below it: that is not asked for again.
/// </summary>
/// <param name="client">The control plane.</param>
/// <param name="group">The group.</param>
/// <param name="clock">The time, for expressions.</param>
internal sealed class EstateExport(MoverClient client, ResourceId group, TimeProvider clock)
{
    /// <summary>Characters of the server's words that are kept.</summary>
    private const int ReasonCharsMax = 300;

    private readonly HashSet<string> _wanted = new(StringComparer.Ordinal);
    private readonly List<ResourceId> _alone = [];

    /// <summary>What was exported, by key.</summary>
    public SortedDictionary<string, TakenResource> Found { get; } = new(StringComparer.Ordinal);

    /// <summary>What the server could not export.</summary>
    public List<SnapshotLeftOut> Problems { get; } = [];

    public async Task ReadAsync(IReadOnlyList<ResourceId> wanted, CancellationToken cancel)
    {
        _wanted.UnionWith(wanted.Select(one => one.Key));
        while (wanted.Where(one => !Found.ContainsKey(one.Key)).Take(SnapshotOptions.ExportIdsMax).ToArray() is { Length: > 0 } batch)
        {
            await AskAsync(batch, cancel).ConfigureAwait(false);
            wanted = [.. wanted.Where(one => !batch.Contains(one))];
        }

        foreach (var id in _alone.Where(one => !Found.ContainsKey(one.Key)))
        {
            await GetAsync(id, cancel).ConfigureAwait(false);
        }

        foreach (var key in _wanted.Where(one => !Found.ContainsKey(one)).Order(StringComparer.Ordinal))
        {
            Problems.Add(new(key, "the export does not have it"));
        }
    }

    // A refusal may be of one resource or of their number: halves tell. What cannot even be exported alone, because too much is below it,
    // is read as it is.
    private async Task AskAsync(ResourceId[] batch, CancellationToken cancel)
    {
        if (Array.FindAll(batch, one => !Found.ContainsKey(one.Key)) is not { Length: > 0 } missing)
        {
            return;
        }

        JsonNode? answer;
        try
        {
            var body = new JsonObject
            {
                ["resources"] = new JsonArray([.. missing.Select(one => (JsonNode)one.Text)]), ["options"] = "SkipAllParameterization",
            };
            answer = await client.PostAsync(group, "exportTemplate", body, cancel).ConfigureAwait(false);
        }
        catch (ArmException refused) when (refused.Error.Status is 400 or 413)
        {
            if (missing.Length == 1)
            {
                _alone.Add(missing[0]);
                return;
            }

            await AskAsync(missing[..(missing.Length / 2)], cancel).ConfigureAwait(false);
            await AskAsync(missing[(missing.Length / 2)..], cancel).ConfigureAwait(false);
            return;
        }

        Take(answer as JsonObject ?? []);
    }

    private async Task GetAsync(ResourceId id, CancellationToken cancel)
    {
        var provider = id.Type.Split('/')[0];
        var version = Found.Values.Where(one => ArmCase.Same(one.Id.Type.Split('/')[0], provider)).Select(one => one.ApiVersion)
            .Max(StringComparer.Ordinal) ?? Client.AskedVersions.For(id);
        var path = string.Join('/', id.Text.Split('/').Select(Uri.EscapeDataString));
        try
        {
            var answer = await client.Pipeline.SendAsync(new(HttpMethod.Get, $"{path}?api-version={version}"), cancel)
                .ConfigureAwait(false);
            Found[id.Key] = new(id, version, answer.Body as JsonObject ?? []);
        }
        catch (ArmException gone) when (gone.Error.Status == 404)
        {
            // The next read tells.
        }
    }

    private void Take(JsonObject answer)
    {
        if (answer["error"] is JsonObject error)
        {
            foreach (var one in error["details"] as JsonArray is { Count: > 0 } details ? [.. details] : new JsonNode?[] { error })
            {
                Problems.Add(new(
                    PrintedText.Of(Estate.TextOf(one?["target"]) ?? group.Text, ReasonCharsMax),
                    PrintedText.Of(Estate.TextOf(one?["message"]) ?? "the server does not say why", ReasonCharsMax)));
            }
        }

        if (answer["template"] is not JsonObject template)
        {
            throw NotReadable("the answer has no template");
        }

        ExportedSecrets.Check(template);
        foreach (var resource in template["resources"] as JsonArray ?? [])
        {
            (resource as JsonObject)?.Remove("dependsOn");
        }

        foreach (var resource in Planned(template.ToJsonString()))
        {
            if (ResourceId.TryParse(resource.Id, out var id) && _wanted.Contains(id.Key)
                && JsonNode.Parse(ValueText.ToJson(resource.Body)) is JsonObject body)
            {
                body.Remove("apiVersion");
                Found[id.Key] = new(id, resource.ApiVersion ?? Client.AskedVersions.For(id), body);
            }
        }
    }

    // Some servers write ids as expressions although none were asked for.
    private IReadOnlyList<PlannedResource> Planned(string template)
    {
        try
        {
            return DeploymentPlan.Create(LenientJson.Parse(template), null, new()
            {
                SubscriptionId = group.Subscription,
                ResourceGroup = group.ResourceGroup,
                Location = string.Empty,
                TenantId = Guid.Empty.ToString(),
                DeploymentName = "snapshot",
                Now = clock.GetUtcNow(),
                NewGuid = () => Guid.Empty,
            }).Resources;
        }
        catch (Exception fault) when (fault is TemplateException or FormatException)
        {
            throw NotReadable(PrintedText.Of(fault.Message, ReasonCharsMax));
        }
    }

    private RecoveryException NotReadable(string why) => new(
        "ExportNotReadable", $"The export of '{group.ResourceGroup}' cannot be read: {why}.",
        "Take one storage mover at a time with --storage-mover, to find the resource that it is about.");
}
