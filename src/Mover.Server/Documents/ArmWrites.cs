using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Regions;
using Mover.Core.Resources;
using Mover.Core.Resources.Versions;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Settings;
using Mover.State.Documents;

namespace Mover.Server.Documents;

/// <summary>What a resource becomes: the document before (null for a new one) and what is asked, to what is kept or a refusal.</summary>
internal delegate ValueTask<Result<T>> PutRule<T>(T? before, T wanted, CancellationToken cancel)
    where T : ArmResource;

/// <summary>Adds what is known beside a document to what is answered.</summary>
internal delegate Task<Document<T>> ShowRule<T>(Document<T> document, CancellationToken cancel)
    where T : ArmResource;

/// <summary>PUT and PATCH that every resource type answers in the same way: bind, check, compare-and-set, answer.</summary>
internal sealed partial class ArmWrites(
    DocumentStore documents, ArmReads reads, IWriteRequirement registrations, ServerOptions options,
    ILogger<ArmWrites> logger)
{
    /// <summary>PUT: creates or replaces, and answers with the whole resource.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="shape">The resource's type.</param>
    /// <param name="rule">What the resource becomes.</param>
    /// <param name="cancel">Stops the call.</param>
    /// <param name="show">Adds what is known beside the document, as a GET does; null answers it as it is stored.</param>
    public async Task<IResult> PutAsync<T>(
        ResourceScope scope, ResourceShape<T> shape, PutRule<T> rule, CancellationToken cancel, ShowRule<T>? show = null)
        where T : ArmResource
    {
        if (ResourceNames.Check(scope.Id) is { } badName)
        {
            return badName.ToResult();
        }

        var read = await ArmBody.ReadObjectAsync(scope.Http, shape.Json, cancel);
        if (!read.Try(out var body, out var refusal))
        {
            return refusal.ToResult();
        }

        if (!VersionedJson.IsNewest(scope.ApiVersion))
        {
            return await SaveAsync(
                scope, shape, Stated(shape, body, before => Raised(scope, shape, before, body)), rule, show, mayCreate: true, cancel);
        }

        var wanted = ArmBody.To(body, shape.Json);
        return wanted.Refusal is { } invalid
            ? invalid.ToResult()
            : await SaveAsync(scope, shape, Stated(shape, body, _ => wanted), rule, show, mayCreate: true, cancel);
    }

    /// <summary>PATCH: merges into what is there, and answers 200 with the whole resource.</summary>
    public async Task<IResult> PatchAsync<T>(
        ResourceScope scope, ResourceShape<T> shape, PutRule<T> rule, CancellationToken cancel, ShowRule<T>? show = null)
        where T : ArmResource
    {
        var read = await ArmBody.ReadObjectAsync(scope.Http, shape.Json, cancel);
        return read.Try(out var patch, out var refusal)
            ? await SaveAsync(
                scope, shape, Stated(shape, patch, before => Merged(scope, shape, before, patch)), rule, show, mayCreate: false, cancel)
            : refusal.ToResult();
    }

    /// <summary>The stamp of a write on behalf of the caller.</summary>
    public static WriteStamp Stamp(ResourceScope scope) =>
        new WriteStamp(scope.Caller.Name, scope.Caller.Type, scope.Now, scope.CorrelationId).With(scope.Http, scope.Caller.ObjectId);

    // Clients put back the state that they have read; another one is refused (ARM RPC, "provisioning state in a request").
    private static Func<T?, Result<T>> Stated<T>(ResourceShape<T> shape, JsonObject body, Func<T?, Result<T>> asked)
        where T : ArmResource => before =>
    {
        const string Name = "provisioningState";
        if ((body["properties"] as JsonObject)?[Name] is not JsonValue given || given.GetValueKind() != JsonValueKind.String)
        {
            return asked(before);
        }

        var real = Stored(shape, before)?["properties"]?[Name]?.ToString() ?? ProvisioningStates.Succeeded;
        return real.Equals(given.GetValue<string>(), StringComparison.OrdinalIgnoreCase)
            ? asked(before)
            : ArmErrors.InvalidProperty($"properties.{Name}", $"The provisioning state is '{real}'; only the service can change it.");
    };

    // A body of an older version becomes one of the newest, with what that version cannot say taken over from what is stored.
    private static Result<T> Raised<T>(ResourceScope scope, ResourceShape<T> shape, T? before, JsonObject body)
        where T : ArmResource
    {
        var problems = new Problems();
        var raised = OlderBodies.Put<T>(scope.ApiVersion, body, Stored(shape, before), problems);
        return problems.Refusal is { } refusal ? refusal : ArmBody.To(raised, shape.Json);
    }

    private static Result<T> Merged<T>(ResourceScope scope, ResourceShape<T> shape, T? before, JsonObject patch)
        where T : ArmResource
    {
        var problems = new Problems();
        if (shape.Patch.NamesEndpointType && ApiCatalogue.PatchNamesEndpointType(scope.ApiVersion)
            && patch["properties"] is JsonObject properties && properties["endpointType"] is null)
        {
            problems.Required("properties.endpointType", null);
        }

        var existing = Stored(shape, before) ?? [];
        var asked = VersionedJson.IsNewest(scope.ApiVersion) ? patch
            : OlderBodies.Patch<T>(scope.ApiVersion, patch, existing, problems);
        var merged = shape.Patch.Merge(existing, asked, problems);
        return problems.Refusal is { } refusal ? refusal : ArmBody.To(merged, shape.Json);
    }

    private static JsonObject? Stored<T>(ResourceShape<T> shape, T? before)
        where T : ArmResource => before is null ? null : JsonSerializer.SerializeToNode(before, shape.Json)?.AsObject();

    // Without a condition the last writer wins: a race that was lost is run again until the bound, and only then refused.
    private async Task<IResult> SaveAsync<T>(
        ResourceScope scope, ResourceShape<T> shape, Func<T?, Result<T>> asked, PutRule<T> rule, ShowRule<T>? show, bool mayCreate,
        CancellationToken cancel)
        where T : ArmResource
    {
        var condition = DocumentCondition.FromHeaders(scope.IfMatch, scope.IfNoneMatch);
        var terms = WriteTerms.Of(scope.Http);
        var rounds = documents.Rounds();
        do
        {
            var read = await documents.ReadAsync(KeysFor(scope.Id), cancel);
            if (mayCreate && registrations.Require(scope.Id, read) is { } unregistered)
            {
                return unregistered.ToResult();
            }

            var checks = await ParentAsync(scope.Id, read, terms?.Preview, cancel);
            if (!checks.Try(out var parent, out var refusal))
            {
                return refusal.ToResult();
            }

            var before = read.Get(scope.Id, shape.Json);
            if (before is null && !mayCreate)
            {
                return Missing(scope.Id).ToResult();
            }

            if (!condition.Holds(before?.Info))
            {
                return ArmErrors.PreconditionFailed(scope.Id).ToResult();
            }

            if (read.Get(scope.Id, DocumentsJson.Default.AnyResource)?.Value.IsDeleting == true)
            {
                return ArmErrors.BeingDeleted(scope.Id).ToResult();
            }

            var wanted = asked(before?.Value);
            var decided = wanted.Try(out var value, out refusal)
                ? LocationRules.Check(options.Regions, scope.Id, before?.Value.Location, value.Location)
                    ?? await rule(before?.Value, value, cancel)
                : refusal;
            if (!decided.Try(out var kept, out refusal))
            {
                return refusal.ToResult();
            }

            var found = shape.Beside is null ? new List<DocumentWrite>() : await shape.Beside(scope.Id, before?.Value, kept, cancel);
            if (!found.Try(out var beside, out refusal))
            {
                return refusal.ToResult();
            }

            if (terms is not null && beside.Count == 0 && before is not null && IsSame(shape, before.Value, kept))
            {
                terms.IsUntouched = true;
            }

            if (terms?.Preview is { } preview)
            {
                return Decided(scope, shape, before, kept, preview, terms.IsUntouched);
            }

            if (terms is { IsUntouched: true } && before is not null)
            {
                return ArmResults.Ok(Answers.Of(before), shape.In(scope.ApiVersion), before.ETag);
            }

            var unchanged = DocumentCondition.AsRead(before?.Info);
            List<DocumentWrite> writes = [DocumentWrite.Put(scope.Id, kept, shape.Json, unchanged), .. parent, .. beside];
            var commit = await documents.CommitAsync([.. writes, .. terms?.Only ?? []], Stamp(scope), cancel);
            if (commit.FailedWrite >= writes.Count)
            {
                return ArmErrors.DeploymentEnded().ToResult();
            }

            if (commit.Committed && commit.Saved[0] is { } info)
            {
                Log.Saved(logger, scope.Id, info.Version);
                var saved = new Document<T>(kept, info);
                return ArmResults.Saved(
                    Answers.Of(show is null ? saved : await show(saved, cancel)), shape.In(scope.ApiVersion), info.ETag,
                    before is null ? shape.MadeStatus : StatusCodes.Status200OK);
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(scope.Id).ToResult();
    }

    private static bool IsSame<T>(ResourceShape<T> shape, T before, T kept)
        where T : ArmResource => JsonNode.DeepEquals(Stored(shape, before), Stored(shape, kept));

    // What a write would do, noted and not done.
    private static IResult Decided<T>(
        ResourceScope scope, ResourceShape<T> shape, Document<T>? before, T kept, Preview preview, bool isUntouched)
        where T : ArmResource
    {
        JsonObject Shown(T resource) => JsonSerializer.SerializeToNode(resource, shape.In(scope.ApiVersion))?.AsObject() ?? [];
        preview.Add(scope.Id, new(before is null ? null : Shown(before.Value), Shown(kept), Stored(shape, kept) ?? [], isUntouched));
        return ArmResults.Ok(kept, shape.In(scope.ApiVersion));
    }

    private static ArmError Missing(ResourceId id) =>
        id.Type.Length == 0 ? ArmErrors.ResourceGroupNotFound(id.ResourceGroup) : ArmErrors.ResourceNotFound(id);

    // Everything that every PUT looks at, in one read.
    private List<DocumentKey> KeysFor(ResourceId id)
    {
        List<DocumentKey> keys = id.Parent.ResourceGroup.Length == 0 ? [id] : [id, id.Parent];
        if (registrations.KeyFor(id) is { } registration)
        {
            keys.Add(registration);
        }

        return keys;
    }

    // The parent must be there and stay so until the commit.
    private async Task<Result<IReadOnlyList<DocumentWrite>>> ParentAsync(
        ResourceId id, DocumentsRead read, Preview? preview, CancellationToken cancel)
    {
        var parent = id.Parent;
        if (parent.ResourceGroup.Length == 0 || preview?.Has(parent) == true)
        {
            return Result<IReadOnlyList<DocumentWrite>>.Of([]);
        }

        var alive = await reads.AliveAmongAsync(read, parent, cancel);
        return alive.Try(out var check, out var refusal) ? Result<IReadOnlyList<DocumentWrite>>.Of([check])
            : refusal.Code == "ResourceNotFound" ? ArmErrors.ParentNotFound(parent)
            : refusal;
    }

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Information, "{ResourceId} was saved as version {Version}.")]
        public static partial void Saved(ILogger logger, ResourceId resourceId, long version);
    }
}
