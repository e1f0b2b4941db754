using Mover.Server.DataFolders;

namespace Mover.Server.Keys;

/// <summary>Keys in an environment variable, as a service manager or a cluster gives them; lines end with <c>;</c> there.</summary>
internal sealed class KeyRingVariable(string name) : KeyRing
{
    private readonly RingKeys _keys = new(
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? text
            : throw new DataFolderException(name, "the environment variable is not set or is empty; check --key-ring"),
        $"{FromVariable}{name}");

    /// <inheritdoc/>
    public override string Place => FromVariable + name;

    /// <inheritdoc/>
    public override ValueTask RenewAsync(string keyId, CancellationToken cancel) => _keys.NewestId != keyId
        ? default
        : throw new DataFolderException(
            Place, $"its newest key, {keyId}, is already in use; first add one from `mover identity new-key` and restart every server");

    /// <inheritdoc/>
    public override ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, CancellationToken cancel) => new(_keys.Wrap(key.Span));

    /// <inheritdoc/>
    public override ValueTask<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancel) => new(_keys.Unwrap(wrapped));
}
