using System.Text.Json.Serialization;
using Mover.Core.AgentProtocol;

namespace Mover.Agent;

/// <summary>What registration told the agent about itself: <c>agent.json</c>.</summary>
public sealed record AgentRecord
{
    /// <summary>ARM id of the agent resource.</summary>
    public required string AgentId { get; init; }

    /// <summary>ARM id of its <c>Microsoft.HybridCompute/machines</c> resource.</summary>
    public required string ArcResourceId { get; init; }

    /// <summary>The machine's VM id.</summary>
    public required string ArcVmUuid { get; init; }

    /// <summary>The tenant whose issuer gives tokens.</summary>
    public required string TenantId { get; init; }

    /// <summary>The principal of the machine's identity.</summary>
    public required string PrincipalId { get; init; }

    /// <summary>The control plane's addresses as it told them last, the one in use first.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>The addresses that a person gave at the registration; null in a record of before: then they are the others.</summary>
    public IReadOnlyList<string>? Registered { get; init; }

    /// <summary>
    /// The <see cref="ControlPlanePast.EpochBase"/> of the last loss after which the control plane was told of the runs that had ended.
    /// </summary>
    public long ToldUpTo { get; init; }

    /// <summary>The control plane's CA in PEM; empty trusts the system's store.</summary>
    public required string CaPem { get; init; }
}

/// <summary>A run that the agent has taken: <c>run.json</c> in the run's folder, there until its end is acknowledged.</summary>
public sealed record RunRecord
{
    /// <summary>The claim.</summary>
    public required WorkOrder Order { get; init; }

    /// <summary>When the agent first began; the same after restarts.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Names this journal in the copy log.</summary>
    public required string JournalName { get; init; }

    /// <summary>The last report, written before it is sent; null while the run goes on.</summary>
    public RunReport? Final { get; init; }
}

/// <summary>The JSON of the agent's folder.</summary>
[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    WriteIndented = true,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentRecord))]
[JsonSerializable(typeof(RunRecord))]
internal sealed partial class AgentFolderJson : JsonSerializerContext;

/// <summary>The JSON of the copy log's spool: one entry a line.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CopyLogEntry))]
internal sealed partial class CopyLogJson : JsonSerializerContext;
