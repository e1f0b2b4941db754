using System.Text.Json;
using System.Text.Json.Serialization;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>
/// An entry of the index of schedules, <c>scheduled/{definition}</c>: there while the definition has an active schedule, written in the
/// same commit as that.
/// </summary>
/// <param name="DefinitionId">The definition's ARM id.</param>
/// <param name="Schedule">Its schedule.</param>
internal sealed record ScheduledJob(string DefinitionId, JobSchedule Schedule)
{
    /// <summary>Where the entries are.</summary>
    public static readonly MirroredArea Area = new("scheduled");

    /// <summary>The key of a definition's entry.</summary>
    public static DocumentKey KeyOf(ResourceId definition) => Area.KeyOf(definition);

    /// <summary>What changes in the index with a definition; null for nothing.</summary>
    /// <param name="id">The definition.</param>
    /// <param name="before">What was stored; null for a new one.</param>
    /// <param name="kept">What is stored with this.</param>
    public static DocumentWrite? Change(ResourceId id, JobDefinition? before, JobDefinition kept)
    {
        var (old, now) = (ActiveOf(before), ActiveOf(kept));
        return now is not null
            ? old is not null && TextOf(old) == TextOf(now) ? null
                : DocumentWrite.Put(KeyOf(id), new ScheduledJob(id.Text, now), IndexesJson.Default.ScheduledJob)
            : old is null ? null : DocumentWrite.Delete(KeyOf(id));
    }

    /// <summary>As above, as what is written beside a PUT or PATCH.</summary>
    public static Task<Result<List<DocumentWrite>>> BesideAsync(
        ResourceId id, JobDefinition? before, JobDefinition kept, CancellationToken cancel) =>
        Task.FromResult<Result<List<DocumentWrite>>>(
            Change(id, before, kept) is { } write ? new List<DocumentWrite> { write } : new List<DocumentWrite>());

    /// <summary>A schedule as its mark names it.</summary>
    public static string TextOf(JobSchedule schedule) => JsonSerializer.Serialize(schedule, MoverJson.Wire.JobSchedule);

    private static JobSchedule? ActiveOf(JobDefinition? definition) =>
        definition?.Properties?.Schedule is { IsActive: true } schedule ? schedule : null;
}

/// <summary>JSON of the index of schedules.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ScheduledJob))]
internal sealed partial class IndexesJson : JsonSerializerContext;
