using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary><c>uniqueString</c>, <c>guid</c> and <c>newGuid</c>.</summary>
internal static class HashFunctions
{
    private const string Digits = "abcdefghijklmnopqrstuvwxyz234567";
    private const int DigitCount = 13;
    private static readonly byte[] GuidNamespace = Guid.Parse("11fb06fb-712d-4ddd-98c7-e71bbd588830").ToByteArray(bigEndian: true);

    public static IReadOnlyList<Function> All { get; } =
    [
        new("uniqueString", 1, Function.Any, call => TemplateValue.Of(UniqueString(Joined(call)))),
        new("guid", 1, Function.Any, call => TemplateValue.Of(NameGuid(Joined(call)))),
        new("newGuid", 0, 0, call => call.Scope.IsParameterDefault
            ? TemplateValue.Of(call.Scope.Context.NewGuid().ToString())
            : throw ReferenceFunctions.NotHere(call.Name)),
    ];

    /// <summary>13 characters that depend on the text only.</summary>
    public static string UniqueString(string text)
    {
        var hash = Hash(Encoding.UTF8.GetBytes(text));
        Span<char> digits = stackalloc char[DigitCount];
        for (var at = 0; at < DigitCount; at++)
        {
            digits[at] = Digits[(int)(hash >> 59)];
            hash <<= 5;
        }

        return new(digits);
    }

    /// <summary>A UUID of version 5 (RFC 9562, 5.5) in ARM's namespace.</summary>
    public static string NameGuid(string text)
    {
#pragma warning disable CA5350 // The version of the UUID says which hash.
        var hash = SHA1.HashData([.. GuidNamespace, .. Encoding.UTF8.GetBytes(text)]);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString();
    }

    private static string Joined(FunctionCall call) => string.Join('-', Enumerable.Range(0, call.Count).Select(call.Text));

    // MurmurHash3 in a variant of 64 bits: two lanes of 32.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        const uint c1 = 0x239b961b;
        const uint c2 = 0xab0e9789;
        var (h1, h2, length) = (0u, 0u, (uint)bytes.Length);
        unchecked
        {
            for (; bytes.Length >= 8; bytes = bytes[8..])
            {
                h1 ^= BitOperations.RotateLeft(BinaryPrimitives.ReadUInt32LittleEndian(bytes) * c1, 15) * c2;
                h1 = ((BitOperations.RotateLeft(h1, 19) + h2) * 5) + 0x561ccd1b;
                h2 ^= BitOperations.RotateLeft(BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) * c2, 17) * c1;
                h2 = ((BitOperations.RotateLeft(h2, 13) + h1) * 5) + 0x0bcaa747;
            }

            h1 ^= BitOperations.RotateLeft(Tail(bytes, 0) * c1, 15) * c2;
            h2 ^= BitOperations.RotateLeft(Tail(bytes, 4) * c2, 17) * c1;
            h1 ^= length;
            h2 ^= length;
            h1 += h2;
            h2 += h1;
            h1 = Finish(h1);
            h2 = Finish(h2);
            h1 += h2;
            h2 += h1;
        }

        return ((ulong)h2 << 32) | h1;
    }

    private static uint Tail(ReadOnlySpan<byte> bytes, int start)
    {
        var value = 0u;
        for (var at = start; at < Math.Min(bytes.Length, start + 4); at++)
        {
            value |= (uint)bytes[at] << (8 * (at - start));
        }

        return value;
    }

    private static uint Finish(uint value)
    {
        unchecked
        {
            value = (value ^ (value >> 16)) * 0x85ebca6b;
            value = (value ^ (value >> 13)) * 0xc2b2ae35;
            return value ^ (value >> 16);
        }
    }
}
