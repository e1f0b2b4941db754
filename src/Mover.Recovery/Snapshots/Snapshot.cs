using System.Text.Json.Nodes;

namespace Mover.Recovery.Snapshots;

/// <summary>
/// An estate at one moment. The template has literal names and ids: <c>parameters</c> and <c>variables</c> are empty, <c>resources</c> is
/// in the order of ids, parents first; each has <c>type</c>, <c>apiVersion</c>, <c>name</c> (<c>mover/project/job</c>) and, where it has
/// them, <c>location</c>, <c>tags</c>, <c>dependsOn</c> (<c>[resourceId('type', 'a', 'b')]</c>), <c>identity</c> and <c>properties</c>.
/// </summary>
/// <param name="Template">The ARM template.</param>
/// <param name="Manifest">What stands beside it.</param>
public sealed record Snapshot(JsonObject Template, SnapshotManifest Manifest);
