using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Client;

/// <summary>The client's calls with the records of <see cref="Core.Resources"/> instead of documents.</summary>
public static class TypedResources
{
    /// <summary>Reads a storage mover, project, job run or any other resource that <see cref="MoverJson"/> knows.</summary>
    public static async Task<T> GetAsync<T>(this MoverClient client, ResourceId id, CancellationToken cancel)
        where T : ArmResource => Read<T>(await client.GetAsync(id, cancel).ConfigureAwait(false));

    /// <summary>Creates or replaces a resource and answers it as it is then.</summary>
    public static async Task<T> PutAsync<T>(
        this MoverClient client, ResourceId id, T resource, CancellationToken cancel, string? ifMatch = null)
        where T : ArmResource
    {
        var body = JsonSerializer.SerializeToNode(resource, InfoOf<T>()) as JsonObject ?? [];
        return Read<T>(await client.PutAsync(id, body, cancel, ifMatch).ConfigureAwait(false));
    }

    /// <summary>Lists a collection, page after page, in the server's order.</summary>
    public static async IAsyncEnumerable<T> ListAsync<T>(
        this MoverClient client, string collection, [EnumeratorCancellation] CancellationToken cancel)
        where T : ArmResource
    {
        await foreach (var document in client.ListAsync(collection, cancel).ConfigureAwait(false))
        {
            yield return Read<T>(document);
        }
    }

    private static T Read<T>(JsonObject document)
        where T : ArmResource
    {
        try
        {
            return document.Deserialize(InfoOf<T>()) ?? throw new JsonException("The document is null.");
        }
        catch (JsonException fault)
        {
            throw new ArmException(
                new(200, ArmException.NoErrorBody, $"The server's response is not a {typeof(T).Name}: {fault.Message}"), inner: fault);
        }
    }

    private static JsonTypeInfo<T> InfoOf<T>() => MoverJson.Wire.GetTypeInfo(typeof(T)) as JsonTypeInfo<T>
        ?? throw new NotSupportedException($"{typeof(T).Name} is not a resource of MoverJson.");
}
