namespace Mover.Server.Keys;

/// <summary>Keys for a key ring of an operator's own.</summary>
public static class KeyRingLine
{
    /// <summary>A new key as one line: <c>mover-key ID BASE64</c>.</summary>
    public static string Make() => RingKeys.MakeLine();
}
