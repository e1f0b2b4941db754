using System.Buffers;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Features;
using Mover.Core.Arm;
using Mover.Server.Access;
using Mover.Server.Arm;
using Mover.Server.Settings;

namespace Mover.Server.Gates;

/// <summary>
/// Reads the body of a request before its route acts, within one time, and then looks again who calls: rights are judged when they are
/// used, and a body can be sent as slowly as its sender likes. The rights themselves are judged again by what follows.
/// </summary>
internal sealed class BodyGate(RequestDelegate next, CurrentCaller callers, TimeProvider clock)
{
    /// <summary>How long a client may take for the body of a request.</summary>
    public static readonly TimeSpan BodyMax = TimeSpan.FromSeconds(30);

    // One byte more than any route takes: the route refuses what is larger, and Kestrel drains it.
    private const long ReadBytesMax = ServerOptions.BodyBytesMax + 1;
    private const long AnonymousReadBytesMax = TokenRoutes.BodyBytesMax + 1;
    private const int BufferBytes = 16 * 1024;

    /// <summary>True for a request that may have a body, to a path that is served.</summary>
    public static bool HasBody(HttpContext http) =>
        http.GetEndpoint() is not null && http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;

    public async Task InvokeAsync(HttpContext http)
    {
        var isAnonymous = http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;
        using var body = new MemoryStream();
        if (!await ReadAsync(http, body, isAnonymous ? AnonymousReadBytesMax : ReadBytesMax))
        {
            await ArmErrors.BodyTooSlow(BodyMax).WriteAsync(http);
            return;
        }

        http.Request.Body = body;
        if (!isAnonymous && await callers.CheckAsync(http.Principal(), http.RequestAborted) is { } refusal)
        {
            await refusal.WriteAsync(http);
            return;
        }

        await next(http);
    }

    // False when it took too long.
    private async Task<bool> ReadAsync(HttpContext http, MemoryStream body, long bytesMax)
    {
        using var late = new CancellationTokenSource(BodyMax, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, http.RequestAborted);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var read = 1;
            while (read > 0 && body.Length < bytesMax)
            {
                var wanted = buffer.AsMemory(0, (int)Math.Min(buffer.Length, bytesMax - body.Length));
                read = await http.Request.Body.ReadAsync(wanted, stop.Token);
                await body.WriteAsync(buffer.AsMemory(0, read), stop.Token);
            }

            body.Position = 0;
            return true;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            // A body may hold a secret.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
