/**
 * The Socket.IO events of the wire contract, as types. Names and shapes follow PROTOCOL sections 2 and 3;
 * fields that a server may leave out are optional here.
 */
import type { types } from 'mediasoup-client';

export type MediaKind = 'audio' | 'video';
export type MediaSource = 'microphone' | 'camera' | 'screen' | 'screen-audio';
export type Direction = 'send' | 'recv';
export type Role = 'host' | 'co-host' | 'participant';
export type LeaveReason = 'left' | 'disconnected' | 'kicked' | 'replaced';
export type Quality = 'excellent' | 'good' | 'poor';
/** Why a receiver gets no more than it gets. */
export type LayersReason = 'preferred' | 'bandwidth' | 'unavailable' | 'viewport';

export interface TransportParams {
  id: string;
  iceParameters: types.IceParameters;
  iceCandidates: types.IceCandidate[];
  dtlsParameters: types.DtlsParameters;
}

export interface ProducerInfo {
  producerId: string;
  kind: MediaKind;
  source?: MediaSource;
  paused?: boolean;
}

export interface ParticipantInfo {
  participantId: string;
  userName: string;
  role: Role;
  handRaised?: boolean;
  joinedAt?: number | string;
  producers?: ProducerInfo[];
}

export interface MeetingInfo {
  id: string;
  meeting_title: string;
  host_id?: string;
}

export interface MeetingJoined {
  meetingId: string;
  participantId: string;
  meeting: MeetingInfo;
  rtpCapabilities: types.RtpCapabilities;
  iceServers: RTCIceServer[];
  participants: ParticipantInfo[];
  /** Producers of whoever speaks; only if asked for, and where the server forwards the loudest only. */
  speakerPlaces?: string[];
}

export interface Consumed {
  id: string;
  producerId: string;
  kind: MediaKind;
  rtpParameters: types.RtpParameters;
  /** Null: a speaker place's. */
  producerParticipantId: string | null;
}

/** What is shown of one stream, in device pixels. */
export interface Viewport {
  width: number;
  height: number;
  visible: boolean;
}

/** The highest layers wanted of one stream; 0 is the lowest. */
export interface PreferredLayers {
  spatialLayer: number;
  temporalLayer?: number;
}

/** What of a stream arrives; null layers: nothing. */
export interface ReceivedLayers {
  spatialLayer: number | null;
  temporalLayer: number | null;
  reason: LayersReason;
}

/**
 * How a participant's path to the server is doing: times in milliseconds, loss and score from 0 to 1, bit rate in
 * bits per second. Null: not known (yet). `upload` and `download` are the levels of the two directions.
 */
export interface ConnectionDetails {
  quality: Quality;
  score: number;
  rtt?: number | null;
  jitter?: number | null;
  loss?: number | null;
  availableOutgoingBitrate?: number | null;
  upload?: Quality | null;
  download?: Quality | null;
}

/** How loud somebody is, in dBov: 0 is the loudest, -127 silence. */
export interface AudioLevel {
  participantId: string;
  level: number;
}

/** Of a transport; what is not known is null. Bit rates in bits per second, times in milliseconds. */
export interface TransportStats {
  id: string;
  direction: Direction;
  ice: 'new' | 'connected' | 'completed' | 'disconnected';
  dtls: 'new' | 'connecting' | 'connected' | 'failed' | 'closed';
  protocol: 'udp' | 'tcp' | '';
  bytesReceived: number;
  bytesSent: number;
  bitrateIn: number;
  bitrateOut: number;
  rtt: number | null;
  availableOutgoingBitrate: number | null;
  allocatedBitrate: number;
}

interface StreamStats {
  id: string;
  packets: number;
  bytes: number;
  bitrate: number;
  loss: number;
  jitter: number;
  rtt: number | null;
  nacks: number;
  plis: number;
  retransmitted: number;
  score: number;
}

export interface ProducerStats extends StreamStats {
  source: MediaSource;
}

/** Layers and reason are of video. */
export interface ConsumerStats extends StreamStats {
  producerId: string;
  spatialLayer: number | null;
  temporalLayer: number | null;
  reason: LayersReason | null;
}

/** How one participant's media is doing, as the server counts it. */
export interface MeetingStats {
  meetingId: string;
  participants: number;
  activeProducers: number;
  activeConsumers: number;
  bandwidth: { incoming: number; outgoing: number };
  quality: { average: number; poor: number; good: number; excellent: number };
  participantStats: Array<{
    participantId: string;
    userName: string;
    transports: TransportStats[];
    producers: ProducerStats[];
    consumers: ConsumerStats[];
  }>;
}

type Nothing = Record<string, never>;
interface InMeeting {
  meetingId: string;
}

/** Client to server: event name -> what is sent and what the acknowledgement brings when it is ok. */
export interface Requests {
  'join-meeting': {
    sends: InMeeting & { meeting_password?: string; resume?: boolean; speakerPlaces?: boolean };
    gets: MeetingJoined;
  };
  'leave-meeting': { sends: InMeeting; gets: Nothing };
  'get-rtp-capabilities': { sends: InMeeting; gets: { rtpCapabilities: types.RtpCapabilities } };
  'create-transport': {
    sends: InMeeting & { direction: Direction };
    gets: { direction: Direction; params: TransportParams };
  };
  'connect-transport': {
    sends: { transportId: string; dtlsParameters: types.DtlsParameters };
    gets: { transportId: string };
  };
  'restart-ice': {
    sends: { transportId: string };
    gets: { transportId: string; iceParameters: types.IceParameters };
  };
  produce: {
    sends: InMeeting & {
      kind: MediaKind;
      rtpParameters: types.RtpParameters;
      source?: MediaSource;
      paused?: boolean;
      transportId?: string;
    };
    gets: { kind: MediaKind; producerId: string };
  };
  'pause-producer': { sends: { producerId: string }; gets: Nothing };
  'resume-producer': { sends: { producerId: string }; gets: Nothing };
  'close-producer': { sends: { producerId: string }; gets: Nothing };
  consume: {
    sends: InMeeting & {
      /** Left out for a speaker place. */
      producerParticipantId?: string;
      kind: MediaKind;
      rtpCapabilities: types.RtpCapabilities;
      producerId?: string;
      transportId?: string;
      paused?: boolean;
    };
    gets: Consumed;
  };
  'resume-consumer': { sends: { consumerId: string }; gets: { consumerId: string } };
  'pause-consumer': { sends: { consumerId: string }; gets: { consumerId: string } };
  'close-consumer': { sends: { consumerId: string }; gets: Nothing };
  'set-preferred-layers': { sends: { consumerId: string } & PreferredLayers; gets: Nothing };
  'set-consumer-priority': { sends: { consumerId: string; priority: number }; gets: Nothing };
  'set-viewport': { sends: { consumers: Array<{ consumerId: string } & Viewport> }; gets: Nothing };
  'set-audio-only': { sends: InMeeting & { enabled: boolean }; gets: Nothing };
  'get-stats': { sends: InMeeting & { participantId?: string }; gets: MeetingStats };
  'raise-hand': { sends: InMeeting & { raised: boolean }; gets: Nothing };
  'send-reaction': { sends: InMeeting & { reaction: string }; gets: Nothing };
}

export type RequestName = keyof Requests;

interface OfParticipant {
  participantId: string;
}

/** Server to client: event name -> payload. */
export interface ServerEvents {
  'participant-joined': OfParticipant & { userName: string; role: Role };
  'participant-left': OfParticipant & { reason: LeaveReason };
  'new-producer': OfParticipant & ProducerInfo;
  'producer-closed': OfParticipant & { producerId: string; kind: MediaKind };
  'producer-paused': OfParticipant & { producerId: string; kind: MediaKind };
  'producer-resumed': OfParticipant & { producerId: string; kind: MediaKind };
  'consumer-closed': { consumerId: string; producerId: string; reason: string };
  'hand-raised': OfParticipant & { userName: string; raised: boolean; timestamp: number };
  'participant-reaction': OfParticipant & { userName: string; reaction: string; timestamp: number };
  'connection-quality': OfParticipant & ConnectionDetails;
  'active-speaker': { participantId: string | null };
  'speaker-places': { places: Array<{ producerId: string; participantId: string | null }> };
  'audio-levels': { levels: AudioLevel[] };
  'producer-layers-wanted': { producerId: string; maxSpatialLayer: number | null };
  'consumer-layers-changed': { consumerId: string } & ReceivedLayers;
  'consumer-score': { consumerId: string; score: number };
  'producer-score': { producerId: string; score: number };
  'meeting-ended': { meetingId: string; reason: string };
  'media-reset': { meetingId: string; reason: string };
}

export type ServerEventName = keyof ServerEvents;
