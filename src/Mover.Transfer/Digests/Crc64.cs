using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mover.Transfer.Digests;

/// <summary>
/// CRC-64/NVME: the digest that Azure Blob checks as <c>x-ms-content-crc64</c>. Width 64, reflected, initial value and final
/// exclusive-or all ones, polynomial 0xAD93D23594C93659 (0x9A6C9329AC4BC9B5 reflected); <c>"123456789"</c> gives 0xAE8B14860A799888.
/// Values are always finished ones: 0 is the digest of nothing, and <see cref="Append"/> goes on from any of them. Thread-safe.
/// Source: NVM Express NVM Command Set 5.2.1.3.4.
/// </summary>
public static class Crc64
{
    /// <summary>Length of the digest in bytes.</summary>
    public const int SizeBytes = 8;

    private const ulong Polynomial = 0x9A6C9329AC4BC9B5;

    /// <summary>x to the power 0, as reflected values have it: the highest bit.</summary>
    private const ulong One = 1UL << 63;

    /// <summary>Below this, folding costs more than the tables do.</summary>
    private const int FoldBytesMin = 64;

    private const int LaneBytes = 16;
    private const int LanesBytes = 8 * LaneBytes;

    private static readonly ulong[] Tables = MakeTables();

    /// <summary>Entry k is x to the power 2^k; the powers repeat after 64 squarings at the latest, lengths stop at 2^63 bits times
    /// 8.</summary>
    private static readonly ulong[] Squares = MakeSquares();

    // A carry-less product of two reflected values carries one factor x too many, hence "- 1".
    private static readonly Vector128<ulong> FoldLane = MakeFold(LaneBytes * 8);
    private static readonly Vector128<ulong> FoldLanes = MakeFold(LanesBytes * 8);

    /// <summary>The digest of <paramref name="content"/>.</summary>
    public static ulong Compute(ReadOnlySpan<byte> content) => Append(0, content);

    /// <summary>The digest of what <paramref name="crc"/> is the digest of, followed by <paramref name="content"/>.</summary>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> content)
    {
        var state = ~crc;
        if (Pclmulqdq.IsSupported && content.Length >= FoldBytesMin)
        {
            state = Fold(state, ref content);
        }

        return ~AppendByTables(state, content);
    }

    /// <summary>The digest by tables alone, as processors without carry-less multiplication take it.</summary>
    internal static ulong AppendPortably(ulong crc, ReadOnlySpan<byte> content) => ~AppendByTables(~crc, content);

    /// <summary>
    /// The digest of A followed by B, from the digests of both and the length of B in bytes (0 or more); costs about a microsecond.
    /// </summary>
    public static ulong Combine(ulong first, ulong second, long secondBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(secondBytes);
        var power = 3; // bytes to bits
        for (var rest = (ulong)secondBytes; rest != 0; rest >>= 1, power++)
        {
            if ((rest & 1) != 0)
            {
                first = Multiply(first, Squares[power]);
            }
        }

        return first ^ second;
    }

    /// <summary>Eight independent lanes hide the latency of the multiplier; then they fold into one, and the tables reduce that.</summary>
    private static ulong Fold(ulong state, ref ReadOnlySpan<byte> content)
    {
        ref var at = ref MemoryMarshal.GetReference(content);
        var left = content.Length;
        Vector128<ulong> whole;
        if (left >= LanesBytes * 2)
        {
            whole = FoldInLanes(state, ref at, left & -LanesBytes);
            at = ref Unsafe.Add(ref at, left & -LanesBytes);
            left &= LanesBytes - 1;
        }
        else
        {
            whole = Load(ref at, 0) ^ Vector128.CreateScalar(state);
            at = ref Unsafe.Add(ref at, LaneBytes);
            left -= LaneBytes;
        }

        for (; left >= LaneBytes; left -= LaneBytes)
        {
            whole = FoldOnto(whole, Load(ref at, 0), FoldLane);
            at = ref Unsafe.Add(ref at, LaneBytes);
        }

        content = content[^left..];
        Span<byte> last = stackalloc byte[LaneBytes];
        whole.AsByte().CopyTo(last);
        return AppendByTables(0, last);
    }

    private static Vector128<ulong> FoldInLanes(ulong state, ref byte at, int length)
    {
        var (a, b, c, d) = (Load(ref at, 0) ^ Vector128.CreateScalar(state), Load(ref at, 16), Load(ref at, 32), Load(ref at, 48));
        var (e, f, g, h) = (Load(ref at, 64), Load(ref at, 80), Load(ref at, 96), Load(ref at, 112));
        var fold = FoldLanes;
        for (var offset = LanesBytes; offset < length; offset += LanesBytes)
        {
            ref var next = ref Unsafe.Add(ref at, offset);
            a = FoldOnto(a, Load(ref next, 0), fold);
            b = FoldOnto(b, Load(ref next, 16), fold);
            c = FoldOnto(c, Load(ref next, 32), fold);
            d = FoldOnto(d, Load(ref next, 48), fold);
            e = FoldOnto(e, Load(ref next, 64), fold);
            f = FoldOnto(f, Load(ref next, 80), fold);
            g = FoldOnto(g, Load(ref next, 96), fold);
            h = FoldOnto(h, Load(ref next, 112), fold);
        }

        var one = FoldLane;
        b = FoldOnto(a, b, one);
        c = FoldOnto(b, c, one);
        d = FoldOnto(c, d, one);
        e = FoldOnto(d, e, one);
        f = FoldOnto(e, f, one);
        g = FoldOnto(f, g, one);
        return FoldOnto(g, h, one);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load(ref byte at, int offset) => Vector128.LoadUnsafe(ref Unsafe.Add(ref at, offset)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> FoldOnto(Vector128<ulong> lane, Vector128<ulong> next, Vector128<ulong> fold) =>
        Pclmulqdq.CarrylessMultiply(lane, fold, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, fold, 0x11) ^ next;

    private static ulong AppendByTables(ulong state, ReadOnlySpan<byte> content)
    {
        ref var tables = ref MemoryMarshal.GetArrayDataReference(Tables);
        for (; content.Length >= 8; content = content[8..])
        {
            var word = state ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(content);
            state = 0;
            for (var table = 7; table >= 0; table--, word >>= 8)
            {
                state ^= Unsafe.Add(ref tables, (table << 8) + (int)(byte)word);
            }
        }

        foreach (var b in content)
        {
            state = Unsafe.Add(ref tables, (int)(byte)(state ^ b)) ^ (state >> 8);
        }

        return state;
    }

    private static ulong TimesX(ulong value) => (value >> 1) ^ (Polynomial & (0 - (value & 1)));

    private static ulong Multiply(ulong left, ulong right)
    {
        var product = 0UL;
        for (; left != 0; left <<= 1)
        {
            product ^= right & (0 - (left >> 63));
            right = TimesX(right);
        }

        return product;
    }

    private static ulong PowerOfX(int exponent)
    {
        var power = One;
        for (var bit = 0; exponent >> bit != 0; bit++)
        {
            power = (exponent >> bit & 1) != 0 ? Multiply(power, Squares[bit]) : power;
        }

        return power;
    }

    private static Vector128<ulong> MakeFold(int bits) => Vector128.Create(PowerOfX(bits + 63), PowerOfX(bits - 1));

    private static ulong[] MakeSquares()
    {
        var squares = new ulong[BitOperations.Log2(long.MaxValue) + 4];
        squares[0] = TimesX(One);
        for (var k = 1; k < squares.Length; k++)
        {
            squares[k] = Multiply(squares[k - 1], squares[k - 1]);
        }

        return squares;
    }

    /// <summary>Eight tables of 256: entry b of table k is the digest step of byte b followed by k zero bytes.</summary>
    private static ulong[] MakeTables()
    {
        var tables = new ulong[8 * 256];
        for (var b = 0; b < 256; b++)
        {
            var value = (ulong)b;
            for (var bit = 0; bit < 8; bit++)
            {
                value = TimesX(value);
            }

            tables[b] = value;
        }

        for (var i = 256; i < tables.Length; i++)
        {
            var value = tables[i - 256];
            tables[i] = tables[(byte)value] ^ (value >> 8);
        }

        return tables;
    }
}
