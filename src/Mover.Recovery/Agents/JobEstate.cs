using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Agents;

/// <summary>A job definition of an estate.</summary>
/// <param name="Id">ARM id.</param>
/// <param name="Properties">Its properties.</param>
public sealed record EstateJob(ResourceId Id, JobDefinitionProperties Properties)
{
    /// <summary>The storage mover.</summary>
    public ResourceId Mover => Id.Parent.Parent;

    /// <summary>Its name within the estate: <c>mover/project/job</c>.</summary>
    public string Name => $"{Mover.Name}/{Id.Parent.Name}/{Id.Name}";
}

/// <summary>An agent of an estate.</summary>
/// <param name="Id">ARM id.</param>
/// <param name="Properties">Its properties.</param>
public sealed record EstateAgent(ResourceId Id, MoverAgentProperties Properties)
{
    /// <summary>Whether it reports to the control plane; one that carries out a run does, too.</summary>
    public bool IsOnline => Properties.AgentStatus is AgentStatuses.Online or AgentStatuses.Executing;
}

/// <summary>What belongs to the storage movers of a resource group, in the order of ids.</summary>
public sealed record JobEstate(
    IReadOnlyList<ResourceId> Movers, IReadOnlyList<EstateJob> Jobs, IReadOnlyList<EstateAgent> Agents,
    IReadOnlyDictionary<ResourceId, StorageEndpointProperties> Endpoints)
{
    /// <summary>Reads it.</summary>
    /// <param name="client">The control plane.</param>
    /// <param name="group">The resource group.</param>
    /// <param name="mover">The one storage mover that is meant; null for all of the group.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <exception cref="RecoveryException"><see cref="EstateReader.NoMover"/>, <see cref="EstateReader.MoverNotFound"/>, or see
    /// <see cref="InterruptedStep"/>.</exception>
    public static async Task<JobEstate> ReadAsync(MoverClient client, ResourceId group, string? mover, CancellationToken cancel)
    {
        var documents = (await InterruptedStep.GuardAsync(
            $"Reading the storage movers of the group '{group.Name}'", () => "Nothing was changed.",
            () => new EstateReader(client, group, mover).ReadMoversAsync(cancel))).Values;
        return new(
            [.. Of(documents, EstateTypes.Mover).Select(Estate.IdOf)],
            [.. Of(documents, EstateTypes.JobDefinition)
                .Select(job => new EstateJob(Estate.IdOf(job), Properties(job, MoverJson.Wire.JobDefinition)?.Properties ?? new()))],
            [.. Of(documents, EstateTypes.Agent)
                .Select(agent => new EstateAgent(Estate.IdOf(agent), Properties(agent, MoverJson.Wire.MoverAgent)?.Properties ?? new()))],
            Of(documents, EstateTypes.Endpoint)
                .Select(endpoint => (Id: Estate.IdOf(endpoint), Properties(endpoint, MoverJson.Wire.StorageEndpoint)?.Properties))
                .Where(endpoint => endpoint.Properties is not null)
                .ToDictionary(endpoint => endpoint.Id, endpoint => endpoint.Properties ?? throw new UnreachableException()));
    }

    private static IEnumerable<JsonObject> Of(IEnumerable<JsonObject> documents, string type) =>
        documents.Where(one => ArmCase.Same(Estate.IdOf(one).Type, type));

    private static T? Properties<T>(JsonObject document, JsonTypeInfo<T> type)
    {
        try
        {
            return document.Deserialize(type);
        }
        catch (JsonException fault)
        {
            throw new RecoveryException(
                "UnexpectedAnswer", $"The server's {document["id"]} does not match its type: {fault.Message}",
                "Check that the address is a Mover control plane.", fault);
        }
    }

    /// <summary>The job definitions that a person names; all when nothing is named.</summary>
    /// <param name="projects">Names of projects, or <c>mover/project</c>.</param>
    /// <param name="names">Names of job definitions, or <c>project/job</c>, or <c>mover/project/job</c>.</param>
    /// <exception cref="RecoveryException">A name names nothing.</exception>
    public IReadOnlyList<EstateJob> Choose(IReadOnlyList<string> projects, IReadOnlyList<string> names)
    {
        if (projects.Count == 0 && names.Count == 0)
        {
            return Jobs;
        }

        var chosen = new HashSet<EstateJob>();
        foreach (var wanted in projects)
        {
            Add(chosen, Jobs.Where(job => Ends($"{job.Mover.Name}/{job.Id.Parent.Name}", wanted)), "project", wanted);
        }

        foreach (var wanted in names)
        {
            Add(chosen, Jobs.Where(job => Ends(job.Name, wanted)), "job definition", wanted);
        }

        return [.. Jobs.Where(chosen.Contains)];
    }

    /// <summary>The agent that a job definition names; null when it names none that is there.</summary>
    public EstateAgent? AgentOf(EstateJob job) => job.Properties.AgentName is { Length: > 0 } name
        ? Agents.FirstOrDefault(agent => agent.Id == job.Mover.Child(MoverAgent.Described, name))
        : null;

    /// <summary>
    /// Source and target of a job definition: the endpoint's id, its properties when it is there, and whether it is the source.
    /// </summary>
    public IEnumerable<(ResourceId Id, StorageEndpointProperties? Properties, bool IsSource)> EndpointsOf(EstateJob job)
    {
        foreach (var (name, isSource) in new[] { (job.Properties.SourceName, true), (job.Properties.TargetName, false) })
        {
            var id = job.Mover.Child(StorageEndpoint.Described, name ?? string.Empty);
            yield return (id, Endpoints.GetValueOrDefault(id), isSource);
        }
    }

    private static void Add(HashSet<EstateJob> chosen, IEnumerable<EstateJob> found, string what, string wanted)
    {
        chosen.UnionWith(found.ToList() is { Count: > 0 } some
            ? some
            : throw new RecoveryException("NotFound", $"The {what} '{wanted}' does not exist.",
                "Use project, project/job or mover/project/job."));
    }

    private static bool Ends(string name, string wanted) => name.EndsWith(wanted, StringComparison.OrdinalIgnoreCase)
        && (name.Length == wanted.Length || name[name.Length - wanted.Length - 1] == '/');
}
